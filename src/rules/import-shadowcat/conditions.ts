import { isRecord, type JsonRecord, recordsOf } from '../../base/json.js';
import { inPayload, type Note, namedIn } from './spelling.js';

export function whenOf(given: JsonRecord, note: Note): JsonRecord {
  const { operator, conditions, ...fields } = given;
  const list = conditions ?? [];
  const own = fieldsOf(fields, note);
  const nested = recordsOf(list).map((each) => whenOf(each, note));
  if (!Array.isArray(list) || !list.every(isRecord)) note('one of the conditions is no object');
  const all = [...(Object.keys(own).length > 0 ? [own] : []), ...nested];
  const kind = String(operator ?? 'and').toLowerCase();
  if (kind === 'or') {
    // The fields of one object are alternatives, too.
    const any = [...Object.entries(own).map(([name, value]) => ({ [name]: value })), ...nested];
    return any.length > 1 ? { any } : joined(any);
  }
  if (kind === 'not') return { not: joined(all) };
  if (kind !== 'and') note(`the operator ${kind} is not known`);
  return joined(all);
}

function joined(all: readonly JsonRecord[]): JsonRecord {
  const [first = {}, ...others] = all;
  return others.length === 0 ? first : { all };
}

function fieldsOf(fields: JsonRecord, note: Note): JsonRecord {
  const when: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) continue;
    if (name === 'method') when.method = testOf(value, note);
    else if (name === 'transport' || name === 'transport_type') when.transport = namedIn(TRANSPORTS, value, note);
    else if (name === 'direction') when.direction = namedIn(DIRECTIONS, value, note);
    else if (name === 'message_type' || name === 'kind') when.kind = namedIn(KINDS, value, note);
    else if (name === 'session') when.session = sessionOf(value, note);
    else if (name === 'params') when.params = pathsOf(value, note);
    else note(`the condition ${name} has no counterpart`);
  }
  return withoutUndefined(when);
}

function withoutUndefined(tests: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(tests).filter(([, test]) => test !== undefined));
}

const TRANSPORTS = { stdio: 'stdio', http: 'http', streamablehttp: 'http', sse: 'sse' };
const DIRECTIONS = { clienttoserver: 'client_to_server', servertoclient: 'server_to_client' };
const KINDS = { request: 'request', response: 'response', error: 'response', notification: 'notification' };

function sessionOf(value: unknown, note: Note): JsonRecord | undefined {
  if (!isRecord(value)) return { id: value };
  const session: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'id' || name === 'session_id') session.id = testOf(inner, note);
    else if (name === 'tags') session.tags = Array.isArray(inner) ? { one_of: inner } : testOf(inner, note);
    else note(`the condition session.${name} has no counterpart`);
  }
  const known = withoutUndefined(session);
  return Object.keys(known).length === 0 ? undefined : known;
}

function pathsOf(value: unknown, note: Note): JsonRecord | undefined {
  const tests: [string, unknown][] = [];
  for (const [path, matcher] of matchersOf(value)) {
    const test = testOf(matcher, note);
    if (typeof path !== 'string') note('a condition of params has no path');
    else if (test !== undefined) tests.push([fromRoot(path), test]);
  }
  if (matchersOf(value).length === 0) note('the condition params has no path');
  return tests.length === 0 ? undefined : Object.fromEntries(tests);
}

/** Pairs of path and matcher from `{"$.a": matcher}`, `{"path": "$.a", …matcher}`, or a list of the latter. */
function matchersOf(value: unknown): (readonly [path: unknown, matcher: unknown])[] {
  if (Array.isArray(value)) return recordsOf(value).map(({ path, matcher, ...rest }) => [path, matcher ?? rest]);
  if (!isRecord(value)) return [];
  const isMatcher = typeof value.path === 'string' || typeof value.match_type === 'string';
  return isMatcher ? [[value.path, value.matcher ?? value]] : Object.entries(value);
}

/** `name` and `$.params.name` are `$.name` here. */
function fromRoot(path: string): string {
  return inPayload(path.startsWith('$') ? path : `$.${path}`);
}

const TESTS = {
  exact: 'equals',
  equals: 'equals',
  prefix: 'prefix',
  startswith: 'prefix',
  suffix: 'suffix',
  endswith: 'suffix',
  contains: 'contains',
  regex: 'regex',
  oneof: 'one_of',
  exists: 'exists',
  greaterthan: 'gt',
  lessthan: 'lt',
};
const PATTERNS: Readonly<Record<string, (text: string) => string>> = {
  equals: (text) => `^${text}$`,
  prefix: (text) => `^${text}`,
  suffix: (text) => `${text}$`,
  contains: (text) => text,
};

/** A text, or `{match_type, value, case_sensitive}`. */
function testOf(given: unknown, note: Note): unknown {
  if (!isRecord(given)) return given;
  const { match_type: type, value, case_sensitive: isSensitive } = given;
  const name = namedIn(TESTS, type ?? 'exact', note);
  if (name === undefined) return undefined;
  if (name === 'exists') return { exists: value !== false };
  if (typeof value !== 'string' || isSensitive !== false)
    return name === 'equals' ? { equals: value } : { [name]: value };
  if (name === 'regex') return { regex: `(?i)${value}` };
  const pattern = PATTERNS[name];
  return pattern === undefined
    ? { [name]: value }
    : { regex: `(?i)${pattern(value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))}` };
}
