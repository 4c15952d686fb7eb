import { compileIpRanges } from '../../base/ip-ranges.js';
import { valueAt } from '../../base/json-location.js';
import type { Test } from '../file/test-schema.js';
import type { Names, When } from '../file/when-schema.js';
import type { RuleContext, RuleHttp, RuleIdentity } from '../types.js';
import { all, any, type Condition, type Known, not } from './condition.js';
import { parseDuration } from './duration.js';
import { compileJsonPath, metaPath } from './json-path.js';
import { compileTest, holdsForOne, type ValueTest } from './tests.js';
import { compileTime } from './time.js';

/** @throws Error for a regular expression or path that is refused, which the schema has checked */
export function compileWhen(when: When): Condition {
  const conditions: Condition[] = [];
  // Cheap conditions, and those that rule out most messages, come first.
  const { transport, direction, kind, server, method, tool, session, time, http, auth } = when;
  if (transport !== undefined) conditions.push(named(transport, (known) => known.transport));
  if (direction !== undefined) conditions.push(named(direction, ({ sender }) => DIRECTION_OF[sender]));
  if (kind !== undefined) conditions.push(named(kind, (known) => known.kind));
  if (server !== undefined) conditions.push(textTest(server, (known) => known.server));
  if (method !== undefined) conditions.push(textTest(method, (known) => known.method));
  if (tool !== undefined) conditions.push(textTest(tool, (known) => known.tool));
  if (session !== undefined) conditions.push(...sessionConditions(session));
  if (http !== undefined) conditions.push(...httpConditions(http));
  if (auth !== undefined) conditions.push(...authConditions(auth));
  if (time !== undefined) {
    const isIn = compileTime(time);
    conditions.push(onContext(({ now }) => isIn(now)));
  }
  for (const field of ['params', 'result', 'error', 'meta'] as const) {
    for (const [path, test] of Object.entries(when[field] ?? {})) conditions.push(atPath(field, path, test));
  }
  if (when.all !== undefined) conditions.push(...when.all.map(compileWhen));
  if (when.any !== undefined) conditions.push(any(when.any.map(compileWhen)));
  if (when.not !== undefined) conditions.push(not(compileWhen(when.not)));
  return all(conditions);
}

const DIRECTION_OF = { client: 'client_to_server', server: 'server_to_client' } as const;

function textTest(test: Test, textOf: (known: Known) => string | null | undefined): Condition {
  const { holds, holdsWithout } = compileTest(test);
  return onKnown(textOf, (text) => (text === null ? holdsWithout : holds(text)));
}

function named<Allowed extends readonly string[]>(
  names: Names<Allowed>,
  nameOf: (known: Known) => string | undefined,
): Condition {
  const wanted = new Set<string>(typeof names === 'string' ? [names] : names.one_of);
  return onKnown(nameOf, (name) => wanted.has(name));
}

function onKnown<Value>(factOf: (known: Known) => Value | undefined, holds: (value: Value) => boolean): Condition {
  const holdsFor = (known: Known) => {
    const value = factOf(known);
    return value === undefined ? undefined : holds(value);
  };
  return { holdsFor, holds: (message) => holdsFor(message) ?? false };
}

function onContext(holds: (context: RuleContext) => boolean): Condition {
  return { holdsFor: () => undefined, holds: (_, context) => holds(context) };
}

function atPath(field: 'params' | 'result' | 'error' | 'meta', path: string, given: Test): Condition {
  const test = compileTest(given);
  const holds = pathTest(field === 'meta' ? metaPath(path) : path, test);
  return {
    // Of a message that cannot have the field, only a test for its absence holds.
    holdsFor: ({ kind }) =>
      kind !== undefined && kind !== 'response' && (field === 'result' || field === 'error')
        ? test.holdsWithout
        : undefined,
    holds: (message) => holds(message[field]),
  };
}

/** Whether a test holds for a value at a path. */
function pathTest(path: string, test: ValueTest): (root: unknown) => boolean {
  const { single, some } = compileJsonPath(path);
  return (root) => {
    if (single === null) return test.holdsWithout ? !some(root, () => true) : some(root, test.holds);
    const value = valueAt(root, single);
    return value === undefined ? test.holdsWithout : test.holds(value);
  };
}

function sessionConditions({ id, tags, age }: NonNullable<When['session']>): Condition[] {
  const conditions: Condition[] = [];
  if (id !== undefined) {
    const test = compileTest(id);
    conditions.push(onContext(({ session }) => (session.id === null ? test.holdsWithout : test.holds(session.id))));
  }
  if (tags !== undefined) {
    const test = compileTest(tags);
    conditions.push(onContext(({ session }) => holdsForOne(test, session.tags)));
  }
  if (age !== undefined) {
    const min = age.gt === undefined ? Number.NEGATIVE_INFINITY : parseDuration(age.gt);
    const max = age.lt === undefined ? Number.POSITIVE_INFINITY : parseDuration(age.lt);
    conditions.push(
      onContext(({ session: { startedAt }, now }) => {
        return startedAt !== null && now - startedAt > min && now - startedAt < max;
      }),
    );
  }
  return conditions;
}

/** Conditions on the HTTP request. None of them holds if it is unknown. */
function httpConditions({ method, path, header, client_ip: ranges }: NonNullable<When['http']>): Condition[] {
  const onHttp = (holds: (http: RuleHttp) => boolean) => onContext(({ http }) => http !== undefined && holds(http));
  const conditions: Condition[] = [];
  if (ranges !== undefined) {
    const isIn = compileIpRanges([ranges].flat());
    conditions.push(onHttp(({ clientIp }) => isIn(clientIp)));
  }
  if (method !== undefined) {
    const test = compileTest(method);
    conditions.push(onHttp((http) => test.holds(http.method)));
  }
  if (path !== undefined) {
    const test = compileTest(path);
    conditions.push(onHttp((http) => test.holds(http.path)));
  }
  for (const [name, given] of Object.entries(header ?? {})) {
    const test = compileTest(given);
    const key = name.toLowerCase();
    const valuesOf = ({ headers }: RuleHttp) => (Object.hasOwn(headers, key) ? [headers[key] ?? []].flat() : []);
    conditions.push(onHttp((http) => holdsForOne(test, valuesOf(http))));
  }
  return conditions;
}

/** A client that did not authenticate has no subject, scopes or claims. */
function authConditions({ subject, scopes, claims }: NonNullable<When['auth']>): Condition[] {
  const onAuth = (holds: (auth: RuleIdentity | null) => boolean) =>
    onContext(({ auth }) => auth !== undefined && holds(auth));
  const conditions: Condition[] = [];
  if (subject !== undefined) {
    const test = compileTest(subject);
    conditions.push(onAuth((auth) => (auth === null ? test.holdsWithout : test.holds(auth.subject))));
  }
  if (scopes !== undefined) {
    const test = compileTest(scopes);
    conditions.push(onAuth((auth) => holdsForOne(test, auth?.scopes ?? [])));
  }
  for (const [path, given] of Object.entries(claims ?? {})) {
    const holds = pathTest(metaPath(path), compileTest(given));
    conditions.push(onAuth((auth) => holds(auth?.claims)));
  }
  return conditions;
}
