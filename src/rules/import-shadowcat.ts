import { isRecord, type JsonRecord, recordsOf, stringOf } from '../base/json.js';

/*
 * Rules of Shadowcat (`match_conditions`, `actions`). Its form is known from plans (github.com/kevinswiber/tapwire:
 * plans/archive/011-phase4-completion-report.md, plans/archive/017-rules-engine-policy-integration-research.md and
 * plans/archive/tasks/012-intercept-actions.md), not from its code. Where they spell a field in several ways, each is read.
 */

export interface ImportedRules {
  /** As in a rules file; not checked. */
  rules: JsonRecord[];
  /** Names the parts that could not be converted. */
  notes: string[];
}

type Note = (message: string) => void;

/** A rule of which a condition is missing would act on more than was meant: it is imported switched off. */
export function importShadowcat(document: unknown): ImportedRules {
  const notes: string[] = [];
  const given = Array.isArray(document) ? recordsOf(document) : isRecord(document) ? recordsOf(document.rules) : [];
  const used = new Set<string>();
  const rules = given.flatMap((rule, index) => {
    const id = freeId(stringOf(rule.id) ?? stringOf(rule.name) ?? `rule-${index + 1}`, used);
    let isWhole = true;
    const when = whenOf(conditionsOf(rule), (message) => {
      isWhole = false;
      notes.push(`${id}: ${message}: the rule is switched off`);
    });
    const then = recordsOf(rule.actions).flatMap((action) =>
      actionOf(action, (message) => notes.push(`${id}: ${message}`)),
    );
    if (then.length === 0) {
      notes.push(`${id}: left out, since no action is left`);
      return [];
    }
    const { name, description, priority, enabled, tags } = rule;
    return [
      {
        id,
        ...(typeof name === 'string' && { name }),
        ...(typeof description === 'string' && description !== '' && { description }),
        ...(Array.isArray(tags) && tags.length > 0 && { tags }),
        ...((enabled === false || !isWhole) && { enabled: false }),
        ...(typeof priority === 'number' && priority !== 0 && { priority: Math.trunc(priority) }),
        when: { ...scope(when), ...when },
        then,
      },
    ];
  });
  return { rules, notes };
}

/** Shadowcat's rules see both directions if they name none. */
function scope(when: JsonRecord): JsonRecord {
  const text = JSON.stringify(when);
  return /"(method|direction|kind)":/.test(text)
    ? {}
    : { direction: { one_of: ['client_to_server', 'server_to_client'] } };
}

function conditionsOf(rule: JsonRecord): JsonRecord {
  const found = rule.match_conditions ?? rule.match ?? rule.conditions;
  return isRecord(found) ? found : {};
}

function freeId(wanted: string, used: Set<string>): string {
  const plain =
    wanted
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 60) || 'rule';
  let id = plain;
  for (let n = 2; used.has(id); n++) id = `${plain}-${n}`;
  used.add(id);
  return id;
}

// ── conditions ──

function whenOf(given: JsonRecord, note: Note): JsonRecord {
  const { operator, conditions, ...fields } = given;
  const own = fieldsOf(fields, note);
  const nested = recordsOf(conditions).map((each) => whenOf(each, note));
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
  return Object.fromEntries(Object.entries(when).filter(([, value]) => value !== undefined));
}

const TRANSPORTS = { stdio: 'stdio', http: 'http', streamablehttp: 'http', sse: 'sse' };
const DIRECTIONS = { clienttoserver: 'client_to_server', servertoclient: 'server_to_client' };
const KINDS = { request: 'request', response: 'response', error: 'response', notification: 'notification' };

/** The name of a value, which may be spelled as in Rust (`ClientToServer`) or otherwise. */
function namedIn(names: Readonly<Record<string, string>>, value: unknown, note: Note): string | undefined {
  const key = lettersOf(value);
  const found = Object.hasOwn(names, key) ? names[key] : undefined;
  if (found === undefined) note(`${JSON.stringify(value)} is not known`);
  return found;
}

function lettersOf(value: unknown): string {
  return String(value)
    .replace(/[^a-z]/gi, '')
    .toLowerCase();
}

function sessionOf(value: unknown, note: Note): JsonRecord | undefined {
  if (!isRecord(value)) return { id: testOf(value, note) };
  const session: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'id' || name === 'session_id') session.id = testOf(inner, note);
    else if (name === 'tags') session.tags = Array.isArray(inner) ? { one_of: inner } : testOf(inner, note);
    else note(`the condition session.${name} has no counterpart`);
  }
  return Object.keys(session).length === 0 ? undefined : session;
}

/** `{"$.a": matcher}`, or `[{"path": "$.a", …matcher}]`. */
function pathsOf(value: unknown, note: Note): JsonRecord | undefined {
  const entries = Array.isArray(value)
    ? recordsOf(value).map(({ path, matcher, ...rest }) => [path, matcher ?? rest] as const)
    : isRecord(value)
      ? typeof value.path === 'string'
        ? [[value.path, value.matcher ?? value] as const]
        : Object.entries(value)
      : [];
  const tests = entries.map(([path, matcher]) => [fromRoot(String(path)), testOf(matcher, note)]);
  if (tests.length === 0) note('the condition params has no path');
  return tests.length === 0 ? undefined : Object.fromEntries(tests);
}

/** `name` and `$.params.name` are `$.name` here. */
function fromRoot(path: string): string {
  return inPayload(path.startsWith('$') ? path : `$.${path}`);
}

/** Paths begin at the message there, and at its params or result here. */
function inPayload(path: string): string {
  return path.replace(/^\$\.(params|result)(?=$|[.[])/, '$');
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
  if (name === undefined) return { exists: false };
  if (name === 'exists') return { exists: value !== false };
  if (typeof value !== 'string' || isSensitive !== false)
    return name === 'equals' ? { equals: value } : { [name]: value };
  if (name === 'regex') return { regex: `(?i)${value}` };
  const pattern = PATTERNS[name];
  return pattern === undefined
    ? { [name]: value }
    : { regex: `(?i)${pattern(value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))}` };
}

// ── actions ──

function actionOf(action: JsonRecord, note: Note): JsonRecord[] {
  const type = String(action.action_type ?? action.type ?? '').toLowerCase();
  const given = isRecord(action.parameters) ? action.parameters : action;
  const convert = Object.hasOwn(ACTIONS, type) ? ACTIONS[type] : undefined;
  const converted = convert?.(given, note) ?? null;
  if (converted === null) note(`the action ${JSON.stringify(type)} has no counterpart`);
  return converted ?? [];
}

/** Null for what cannot be taken over. */
const ACTIONS: Readonly<Record<string, (given: JsonRecord, note: Note) => JsonRecord[] | null>> = {
  continue: () => [],
  allow: () => [],
  block: ({ reason }) => [{ block: { reason: stringOf(reason) ?? 'blocked' } }],
  log: ({ message, template }) => [{ tag: (stringOf(message) ?? stringOf(template) ?? 'log').slice(0, 200) }],
  delay: delayOf,
  pause({ timeout_ms: limit }) {
    return [{ pause: typeof limit === 'number' && limit >= 1 ? { limit_ms: Math.trunc(limit) } : {} }];
  },
  mock: mockOf,
  modify: modifyOf,
  advanced_modify: modifyOf,
  fault: faultOf,
};

function delayOf({
  duration_ms: duration,
  delay_ms: delay,
  ms,
  jitter_percent: jitter,
}: JsonRecord): JsonRecord[] | null {
  const time = [duration, delay, ms].find((each) => typeof each === 'number');
  if (time === undefined) return null;
  return [
    { delay: { ms: time, ...(typeof jitter === 'number' && jitter > 0 && { jitter: Math.min(1, jitter / 100) }) } },
  ];
}

function mockOf({ response, delay_ms: delay }: JsonRecord): JsonRecord[] | null {
  if (!isRecord(response)) return null;
  const { result, error } = isRecord(response.response) ? response.response : response;
  const first = typeof delay === 'number' && delay > 0 ? [{ delay: { ms: delay } }] : [];
  if (isRecord(error)) return [...first, { mock: { error } }];
  if (isRecord(result)) return [...first, { mock: { result } }];
  return null;
}

function modifyOf({ changes, modifications, preserve_id: _, ...fields }: JsonRecord, note: Note): JsonRecord[] | null {
  const set: Record<string, unknown> = {};
  const remove: string[] = [];
  const list = recordsOf(changes ?? modifications);
  for (const change of list) {
    const [variant, inner] = Object.entries(change).find(([, each]) => isRecord(each)) ?? [];
    const { path, value } = isRecord(inner) && change.path === undefined ? inner : change;
    const operation = lettersOf(change.operation ?? change.type ?? variant ?? '');
    const at = typeof path === 'string' ? inPayload(path) : null;
    if (at === null || at === path) note(`the change of ${JSON.stringify(path)} has no counterpart`);
    else if (operation.startsWith('set') || operation.startsWith('add')) set[at] = value;
    else if (operation.startsWith('remove')) remove.push(at);
    else note(`the change ${JSON.stringify(operation)} has no counterpart`);
  }
  if (list.length === 0 && Object.keys(fields).length > 0) return null;
  const modify = {
    ...(Object.keys(set).length > 0 && { set }),
    ...(remove.length > 0 && { remove }),
  };
  return Object.keys(modify).length > 0 ? [{ modify }] : [];
}

const FAULTS = {
  timeout: 'timeout',
  malformed: 'malformed',
  malformedresponse: 'malformed',
  ratelimit: 'rate_limit',
  connectionclosed: 'close',
  disconnect: 'close',
  close: 'close',
};

function faultOf(
  { fault_type: type, kind, delay_ms: delay, timeout_ms: timeout }: JsonRecord,
  note: Note,
): JsonRecord[] | null {
  const fault = namedIn(FAULTS, type ?? kind, note);
  if (fault === undefined) return null;
  const after = [delay, timeout].find((each) => typeof each === 'number');
  return [{ fault: { kind: fault, ...(after !== undefined && { after_ms: after }) } }];
}
