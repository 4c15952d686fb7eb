/**
 * Rules: the messages of MCP servers that they match, and their actions on these. Pure: text and messages in, decisions out.
 *
 * file/        a file to a checked set of rules: parse-rules, schema (the language), problems with their places; edits and advice
 * conditions/  `when`: condition (what holds, also before a message is parsed), tests, JSONPath, regular expressions, times, scope
 * actions/     `then`: what each action does; splice changes JSON as bytes, template is Liquid
 * engine       the rules that apply to a message, in order
 * redaction    what must not be stored
 * batch        the messages of a batch
 * trial        what rules would have done with a recording
 * import-shadowcat  rules of another program
 */
export { batchParts, joinBatch } from './batch.js';
export { createEngine } from './engine.js';
export { actionName } from './file/action-schema.js';
export { withoutRule, withRuleEnabled, withRules } from './file/edit-rules.js';
export { lintRules } from './file/lint.js';
export { checkRules, MAX_RULES_BYTES, parseRules, problemsAt, readRulesYaml } from './file/parse-rules.js';
export { type Rule, rulesJsonSchema } from './file/schema.js';
export { importShadowcat } from './import-shadowcat/index.js';
export { redactBytes } from './redaction.js';
export { describeProblem, FileProblemsError, type RuleProblem, type RuleSet, RulesError } from './rule-set.js';
export { Trial, type Tried } from './trial.js';
export type {
  RateLimit,
  RuleContext,
  RuleDecision,
  RuleEngine,
  RuleHttp,
  RuleIdentity,
  RuleStatus,
  RuleStep,
  RuleSubject,
} from './types.js';
