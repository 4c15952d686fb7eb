import type { RuleSet } from '../rules/index.js';
import type { Config } from '../settings/config.js';

/**
 * The rules of the configuration; null without any, and then their modules are not loaded.
 * @param file of the configuration, which problems name
 * @throws RulesError
 */
export async function configuredRules({ rules }: Pick<Config, 'rules'>, file: string): Promise<RuleSet | null> {
  if (rules.length === 0) return null;
  const { checkRules } = await import('../rules/index.js');
  return checkRules(rules, file);
}
