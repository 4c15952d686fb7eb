import { parse } from 'yaml';
import { createRedactor } from '../../../src/capture/redact/redactor.js';
import { createPassiveRules } from '../../../src/capture/rules/passive-rules.js';
import * as library from '../../../src/rules/index.js';

/** The rules of a configuration. @param rules YAML of the list @param isRuled other rules act on MCP servers, too */
export function configured(rules: string | null, isRuled = false) {
  const set = rules === null ? null : library.checkRules(parse(rules), 'config.json');
  return createPassiveRules({ set, isRuled, library });
}

export const redactor = () => createRedactor(Buffer.from('key'));
