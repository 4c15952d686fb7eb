import { isRecord, type JsonRecord } from '../../base/json.js';
import { ofWholeFile, readYaml } from '../../rules/file/read-yaml.js';
import type { RuleProblem } from '../../rules/index.js';

const PREFIX = 'CLAUDE_TRACE_GATEWAY_';
/** Maximum size of a value. */
const MAX_BYTES = 128 * 1024;

/** Values that the environment sets in place of the file. */
export interface Override {
  variable: string;
  path: string[];
  /** The beginning of the path, up to the first part that the file does not have, or has as something else. */
  made: string[];
}

/** The value of the environment that a problem is about; undefined if it is about the file. */
export function overrideAt(overrides: readonly Override[], path: readonly PropertyKey[]): Override | undefined {
  const isBelow = (start: readonly string[]) => start.every((key, index) => key === String(path[index]));
  return overrides.find((each) => isBelow(each.path)) ?? overrides.find(({ made }) => isBelow(made));
}

/**
 * Applies `CLAUDE_TRACE_GATEWAY_LISTEN__PORT=9000` to `listen.port`: two underscores separate the levels of a path, and names are in
 * lower case. A value that begins with `[` or `{` is YAML, any other is text.
 *
 * @param fail makes an error of problems
 * @throws the error of `fail` for a value that is not YAML
 */
export function applyOverrides(
  config: JsonRecord,
  env: NodeJS.ProcessEnv,
  fail: (problems: RuleProblem[]) => Error,
): { config: JsonRecord; overrides: Override[] } {
  const overrides: Override[] = [];
  let changed = config;
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || value === undefined || value === '') continue;
    const path = variable.slice(PREFIX.length).toLowerCase().split('__');
    overrides.push({ variable, path, made: madeBy(changed, path) });
    changed = withValue(
      changed,
      path,
      fromText(value, ([problem]) => fail([{ ...ofWholeFile(problem?.message ?? ''), path: variable }])),
    );
  }
  return { config: changed, overrides };
}

function fromText(text: string, fail: (problems: RuleProblem[]) => Error): unknown {
  return /^\s*[[{]/.test(text) ? readYaml(text, MAX_BYTES, fail).value : text;
}

function madeBy(config: JsonRecord, path: readonly string[]): string[] {
  let value: unknown = config;
  const last = path.findIndex((key) => {
    value = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    return !isRecord(value);
  });
  return last === -1 ? [...path] : path.slice(0, last + 1);
}

function withValue(record: JsonRecord, [key = '', ...rest]: readonly string[], value: unknown): JsonRecord {
  const inner = record[key];
  // As data, not by assignment: a name such as __proto__ is a field like any other, which the schema refuses.
  const set = rest.length === 0 ? value : withValue(isRecord(inner) ? inner : {}, rest, value);
  return Object.fromEntries([...Object.entries(record).filter(([each]) => each !== key), [key, set]]);
}
