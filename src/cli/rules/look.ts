import { stringify } from 'yaml';
import { UsageError, UserError } from '../../base/errors.js';
import { similarNames } from '../../base/similar-names.js';
import {
  actionName,
  describeProblem,
  importShadowcat,
  lintRules,
  parseRules,
  problemsAt,
  type Rule,
  type RuleProblem,
  RulesError,
  readRulesYaml,
  rulesJsonSchema,
} from '../../rules/index.js';
import { notify } from '../../text/output/stderr.js';
import { describeCheck, describeRules, describeTrial } from '../../text/reports/rules.js';
import { explainError } from '../../text/store-error.js';
import { describeUnknown } from '../../text/unknown-name.js';
import { outputWidth, printJson, printLines } from '../output.js';
import { type Format, isForProgram, print, printData, yamlOf } from './print.js';
import { readRulesFile } from './rules-file.js';
import { type TryOptions, trialJson, tryRules } from './try-rules.js';

export async function printSchema(): Promise<void> {
  await printJson(rulesJsonSchema());
}

export async function listRules(file: string, format: Format): Promise<void> {
  const { rules } = parseRules(readRulesFile(file), file, { forGateway: true });
  await print(format, rules, () => describeRules(rules.map(rowOf), outputWidth()));
}

export async function showRule(file: string, id: string, format: Format): Promise<void> {
  const { rules } = parseRules(readRulesFile(file), file, { forGateway: true });
  const rule = rules.find((each) => each.id === id);
  const ids = rules.map((each) => each.id);
  if (rule === undefined) throw new UserError(describeUnknown('rule', id, similarNames(id, ids)));
  await print(format, rule, () => yamlOf(rule).trimEnd().split('\n'));
}

/** Sets exit code 1 for a file that cannot be used, or if warnings count as errors. */
export async function checkFile(file: string, options: Format & { strict: boolean; gateway: boolean }): Promise<void> {
  const text = readRulesFile(file);
  const { rules, problems, warnings } = check(text, file, options.gateway);
  if (problems.length > 0 || (options.strict && warnings.length > 0)) process.exitCode = 1;
  const lines = (found: readonly RuleProblem[]) => found.map((each) => describeProblem(file, each));
  await print(options, { file, valid: problems.length === 0, rules, problems, warnings }, () =>
    describeCheck(file, rules, lines(problems), lines(warnings)),
  );
}

function check(text: string, file: string, forGateway: boolean) {
  try {
    const set = parseRules(text, file, { forGateway });
    return { rules: set.rules.length, problems: [], warnings: problemsAt(text, lintRules(set, Date.now())) };
  } catch (error) {
    if (error instanceof RulesError) return { rules: 0, problems: error.problems, warnings: [] };
    throw error;
  }
}

/** Messages that JSON and YAML list. */
const MAX_LISTED = 100_000;

/**
 * Sets exit code 1 if the trial is a failure.
 * @param options `limit`: rows of the table; data have all
 * @throws UsageError, whose exit code is 2, if nothing could be tried
 */
export async function testRules(file: string, options: TryOptions, format: Format): Promise<void> {
  const limit = isForProgram(format) ? MAX_LISTED : options.limit;
  const tried = async () => tryRules(parseRules(readRulesFile(file), file), { ...options, limit });
  const { isFailure, ...trial } = await tried().catch((error: unknown) => {
    throw new UsageError(explainError(error));
  });
  if (isFailure) process.exitCode = 1;
  if (isForProgram(format)) await printData(format, trialJson(trial));
  else await printLines(describeTrial(trial, outputWidth(), new Date()));
}

/** Prints a rules file; notes about parts that could not be converted go to stderr. */
export async function importRules(file: string, { json }: Format): Promise<void> {
  const { rules, notes } = importShadowcat(readRulesYaml(readRulesFile(file), file));
  if (rules.length === 0 && notes.length === 0) {
    throw new UserError(
      `${file} has no rules of Shadowcat: it needs a list "rules" with match_conditions and actions.`,
    );
  }
  const made = { version: 1, rules };
  parseRules(JSON.stringify(made), file);
  for (const note of notes) notify(note);
  await printData({ json }, made);
}

function rowOf({ id, priority = 0, enabled = true, when = {}, then }: Rule) {
  return {
    id,
    priority,
    isEnabled: enabled,
    when: Object.keys(when).length === 0 ? '' : stringify(when, { collectionStyle: 'flow', lineWidth: 0 }).trim(),
    actions: then.map(actionName),
  };
}
