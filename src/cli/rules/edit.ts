import { text as readAll } from 'node:stream/consumers';
import { UsageError } from '../../base/errors.js';
import { withoutRule, withRuleEnabled, withRules } from '../../rules/index.js';
import { changeRulesFile, type EditOptions, readIfThere, readRulesFile } from './rules-file.js';

/** @param rule YAML; undefined to read it from stdin */
export async function addRules(file: string, rule: string | undefined, options: EditOptions): Promise<void> {
  if (rule === undefined && process.stdin.isTTY)
    throw new UsageError('Give the rule: claude-trace rules add <file> <rule>');
  const before = readIfThere(file);
  const after = withRules({ text: before, file }, rule ?? (await readAll(process.stdin)));
  await changeRulesFile(file, before, after, options);
}

export async function editRule(
  action: 'remove' | 'enable' | 'disable',
  file: string,
  id: string,
  options: EditOptions,
): Promise<void> {
  const before = readRulesFile(file);
  const text = { text: before, file };
  const after = action === 'remove' ? withoutRule(text, id) : withRuleEnabled(text, id, action === 'enable');
  await changeRulesFile(file, before, after, options);
}
