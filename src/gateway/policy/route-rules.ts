import { resolve } from 'node:path';
import { codeOf, describeError } from '../../base/error-text.js';
import { readRegularFile } from '../../base/regular-file.js';
import { ofWholeFile } from '../../rules/file/read-yaml.js';
import { parseRules, type Rule, type RuleSet, RulesError } from '../../rules/index.js';
import type { LoadedConfig } from '../config/load-config.js';

/**
 * The rules of each route that has rules: first those of the gateway, then its own, regardless of their priorities.
 * @throws RulesError for a file that cannot be used
 */
export function readRouteRules({ config, folder }: LoadedConfig): Map<string, RuleSet> {
  const read = (file: string | undefined): Rule[] => (file === undefined ? [] : readRules(resolve(folder, file)));
  const everywhere = read(config.rules);
  const found = new Map<string, RuleSet>();
  for (const { name, rules: own } of config.routes) {
    const rules = [...everywhere, ...read(own)];
    if (rules.length > 0) found.set(name, { file: own ?? config.rules ?? '', rules, forGateway: true });
  }
  return found;
}

/** In the order in which they act. */
function readRules(file: string): Rule[] {
  let text: string;
  try {
    text = readRegularFile(file).toString();
  } catch (error) {
    const isMissing = codeOf(error) === 'ENOENT';
    throw new RulesError(file, [ofWholeFile(isMissing ? 'does not exist' : describeError(error))]);
  }
  const { rules } = parseRules(text, file, { forGateway: true });
  return rules.sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0)).map(({ priority: _, ...rule }) => rule);
}
