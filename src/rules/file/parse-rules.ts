import { LineCounter, parseDocument } from 'yaml';
import { expected } from '../../base/expected.js';
import { isTooDeep } from '../../base/map-strings.js';
import { isPassive, PASSIVE_ACTIONS } from '../../model/rule.js';
import { type RuleProblem, type RuleSet, RulesError } from '../rule-set.js';
import { actionName } from './action-schema.js';
import { gatewayFieldsOf, terminalActionsOf } from './gateway-fields.js';
import { type Issue, issuesOf } from './issues.js';
import { pathText } from './path-text.js';
import { positionOf } from './position.js';
import { inOrder, ofWholeFile, readYaml, type YamlFile } from './read-yaml.js';
import { type Rule, rulesFile } from './schema.js';

export const MAX_RULES_BYTES = 256 * 1024;
/** Names and values, after aliases were followed. */
const MAX_PARTS = 200_000;

type Path = Issue['path'];

/**
 * Reads a rules file, YAML or JSON.
 * @param file only named in problems
 * @param forGateway the gateway's conditions and actions are allowed
 * @throws RulesError with everything that is wrong
 */
export function parseRules(text: string, file: string, { forGateway = false } = {}): RuleSet {
  const { value, placeOf } = readFile(text, file);
  return checked(value, file, placeOf, forGateway);
}

/**
 * The content of a file with rules of any form, YAML or JSON.
 * @throws RulesError
 */
export function readRulesYaml(text: string, file: string): unknown {
  return readFile(text, file).value;
}

function readFile(text: string, file: string): YamlFile {
  return readYaml(text, MAX_RULES_BYTES, (problems) => new RulesError(file, problems));
}

/** Problems with their places in a text that was parsed. */
export function problemsAt(text: string, problems: readonly { path: Path; message: string }[]): RuleProblem[] {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  return problems.map(({ path, message }) => ({
    path: pathText(path),
    ...positionOf(document, path, lineCounter),
    message,
  }));
}

/**
 * Checks rules of the configuration, which may tag, alert and redact: other actions are for what a command line names.
 * @param rules the list, as parsed from JSON
 * @throws RulesError
 */
export function checkRules(rules: unknown, file: string): RuleSet {
  const set = checked({ version: 1, rules }, file, () => ({ line: null, column: null }));
  const problems = set.rules.flatMap(({ then }, index) =>
    then.flatMap((action, place): RuleProblem[] => {
      const name = actionName(action);
      if (isPassive(name)) return [];
      const message = `the configuration may only have ${PASSIVE_ACTIONS.join(', ')}; others act by wrap --rules <file>`;
      return [{ path: pathText(['rules', index, 'then', place, name]), line: null, column: null, message }];
    }),
  );
  if (problems.length > 0) throw new RulesError(file, problems);
  return set;
}

function checked(value: unknown, file: string, placeOf: YamlFile['placeOf'], forGateway = false): RuleSet {
  if (isTooDeep(value)) throw wholeFile(file, 'nested too deep');
  if (partsOf(value) > MAX_PARTS) throw wholeFile(file, `more than ${MAX_PARTS} values, aliases followed`);
  if (namesPrototype(value)) throw wholeFile(file, 'a field cannot have the name __proto__');
  const parsed = rulesFile.safeParse(value, { error: expected });
  const issues = parsed.success
    ? [...duplicates(parsed.data.rules), ...(forGateway ? terminalActionsOf : gatewayFieldsOf)(parsed.data.rules)]
    : issuesOf(parsed.error.issues);
  if (!parsed.success || issues.length > 0) {
    const problems = issues.map(({ path, message }) => ({ path: pathText(path), ...placeOf(path), message }));
    throw new RulesError(file, inOrder(problems));
  }
  return { file, rules: parsed.data.rules, ...(forGateway ? { forGateway } : {}) };
}

function duplicates(rules: readonly Rule[]): Issue[] {
  const first = new Map<string, number>();
  return rules.flatMap(({ id }, index) => {
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, index);
      return [];
    }
    return [{ path: ['rules', index, 'id'], message: `rules[${earlier}] has the id ${id} too` }];
  });
}

/** Stops counting above the limit. */
function partsOf(value: unknown, limit = MAX_PARTS + 1): number {
  if (typeof value !== 'object' || value === null) return 1;
  let parts = 1;
  for (const inner of Object.values(value)) {
    if (parts > limit) break;
    parts += partsOf(inner, limit - parts);
  }
  return parts;
}

/** The schema would leave such a field out silently. The value is known to be small. */
function namesPrototype(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(namesPrototype);
}

function wholeFile(file: string, message: string): RulesError {
  return new RulesError(file, [ofWholeFile(message)]);
}
