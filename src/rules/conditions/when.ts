import type { Names, Test, When } from '../file/schema.js';
import type { RuleContext } from '../types.js';
import { all, any, type Condition, type Known, not } from './condition.js';
import { parseDuration } from './duration.js';
import { compileJsonPath, metaPath, valueAt } from './json-path.js';
import { compileTest, holdsForOne } from './tests.js';
import { compileTime } from './time.js';

/** @throws Error for a regular expression or path that is refused, which the schema has checked */
export function compileWhen(when: When): Condition {
  const conditions: Condition[] = [];
  // What is cheap, and what rules out most, comes first.
  const { transport, direction, kind, server, method, tool, session, time } = when;
  if (transport !== undefined) conditions.push(named(transport, (known) => known.transport));
  if (direction !== undefined) conditions.push(named(direction, ({ sender }) => DIRECTION_OF[sender]));
  if (kind !== undefined) conditions.push(named(kind, (known) => known.kind));
  if (server !== undefined) conditions.push(textTest(server, (known) => known.server));
  if (method !== undefined) conditions.push(textTest(method, (known) => known.method));
  if (tool !== undefined) conditions.push(textTest(tool, (known) => known.tool));
  if (session !== undefined) conditions.push(...sessionConditions(session));
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
  const { single, values } = compileJsonPath(field === 'meta' ? metaPath(path) : path);
  const test = compileTest(given);
  return {
    // Of a message that cannot have the field, only a test for its absence holds.
    holdsFor: ({ kind }) =>
      kind !== undefined && kind !== 'response' && (field === 'result' || field === 'error')
        ? test.holdsWithout
        : undefined,
    holds(message) {
      if (single === null) return holdsForOne(test, values(message[field]));
      const value = valueAt(message[field], single);
      return value === undefined ? test.holdsWithout : test.holds(value);
    },
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
