import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRecord } from '../../src/base/json.js';
import type { Tests } from '../../src/rules/file/test-schema.js';
import { createEngine, parseRules, type RuleSubject } from '../../src/rules/index.js';
import { CONTEXT, call, hitsOf, matches } from './support/decide.js';

/** The same cases in every run. */
const SEED = 16;

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Few letters and numbers, so that tests hold about as often as not. */
const word = fc.string({ unit: fc.constantFrom('a', 'b', '1'), maxLength: 4 });
const small = fc.integer({ min: -1, max: 4 });
const part = word.filter((text) => text !== '');
const scalar = fc.oneof(word, word, small, fc.constantFrom<Json>(null, true, false, 0.5));
const json: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(word, scalar, { maxKeys: 3 }) },
);

const lengthOf = (value: Json) =>
  typeof value === 'string' || Array.isArray(value) ? value.length : isRecord(value) ? Object.keys(value).length : null;
const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A test, and when it holds for a value, by the words of docs/rules.md. Undefined is no value. */
const TESTS: Record<keyof Tests, [fc.Arbitrary<unknown>, (given: never, value: Json) => boolean]> = {
  equals: [json, (given: Json, value) => isDeepStrictEqual(given, value)],
  glob: [
    fc.array(fc.oneof(part, fc.constant('*')), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
    (given: string, value) =>
      typeof value === 'string' && new RegExp(`^${given.split('*').map(literal).join('.*')}$`, 's').test(value),
  ],
  regex: [
    fc.constantFrom('a', '^a', 'b$', '[0-9]', 'a.b', '(?:ab)+', '^$', 'a|b', '[^a]'),
    (given: string, value) => typeof value === 'string' && new RegExp(given).test(value),
  ],
  prefix: [part, (given: string, value) => typeof value === 'string' && value.slice(0, given.length) === given],
  suffix: [
    part,
    (given: string, value) => typeof value === 'string' && value.slice(value.length - given.length) === given,
  ],
  contains: [
    fc.oneof(part, part, small, fc.constant(null)),
    (given: Json, value) =>
      typeof value === 'string'
        ? typeof given === 'string' && value.split(given).length > 1
        : Array.isArray(value) && value.some((element) => isDeepStrictEqual(element, given)),
  ],
  one_of: [
    fc.array(scalar, { minLength: 1, maxLength: 4 }),
    (given: Json[], value) => given.some((each) => isDeepStrictEqual(each, value)),
  ],
  exists: [fc.boolean(), (given: boolean) => given],
  gt: [small, (given: number, value) => typeof value === 'number' && value > given],
  lt: [small, (given: number, value) => typeof value === 'number' && value < given],
  length: [
    fc.oneof(
      fc.record({ min: fc.nat(3) }),
      fc.record({ max: fc.nat(3) }),
      fc.record({ min: fc.nat(1), max: fc.nat(3) }),
    ),
    ({ min = 0, max = 99 }: { min?: number; max?: number }, value) => {
      const length = lengthOf(value);
      return length !== null && length >= min && length <= max;
    },
  ],
};

/** A value that may be the wanted one, or contain it; undefined for no value. */
function withValue(given: unknown): fc.Arbitrary<[unknown, Json | undefined]> {
  const near = typeof given === 'string' ? [given, `a${given}`, `${given}b`, [given]] : [given, [given].flat()[0]];
  return fc.tuple(
    fc.constant(given),
    fc.oneof(
      { weight: 8, arbitrary: json },
      { weight: 3, arbitrary: fc.constantFrom(...(near as Json[])) },
      { weight: 1, arbitrary: fc.constant(undefined) },
    ),
  );
}

describe('tests of values hold as the words of their documentation say', () => {
  it.each(Object.entries(TESTS))('%s', (name, [givens, holds]) => {
    const seen = { true: 0, false: 0 };
    fc.assert(
      fc.property(givens.chain(withValue), ([given, value]) => {
        const expected = value === undefined ? name === 'exists' && given === false : holds(given as never, value);
        seen[`${expected}`] += 1;
        const when = JSON.stringify({ params: { '$.arguments.x': { [name]: given } } });
        expect(matches(when, call('t', value === undefined ? {} : { x: value }))).toBe(expected);
      }),
      { seed: SEED, numRuns: 150 },
    );
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(4);
  });
});

interface When {
  method?: string;
  tool?: string | { exists: boolean };
  server?: string;
  kind?: string;
  direction?: string;
  params?: { '$.arguments.x': number };
  result?: { '$.y': number };
  all?: When[];
  any?: When[];
  not?: When;
}

const METHODS = ['tools/call', 'tools/list', 'notifications/x'];
const flat: fc.Arbitrary<When> = fc.record(
  {
    method: fc.constantFrom(...METHODS),
    tool: fc.oneof(fc.constantFrom('a', 'b'), fc.record({ exists: fc.boolean() })),
    server: fc.constantFrom('tickets', 'other'),
    kind: fc.constantFrom('request', 'response', 'notification'),
    direction: fc.constantFrom('client_to_server', 'server_to_client'),
    params: fc.record({ '$.arguments.x': fc.nat(1) }),
    result: fc.record({ '$.y': fc.nat(1) }),
  },
  { requiredKeys: [] },
);
const { when } = fc.letrec<{ when: When }>((tie) => ({
  when: fc.oneof(
    { maxDepth: 2 },
    flat.filter((each) => Object.keys(each).length < 4),
    fc.record({ all: fc.array(tie('when'), { minLength: 1, maxLength: 2 }) }),
    fc.record({ any: fc.array(tie('when'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('when') }),
  ),
}));

interface Sent {
  sender: 'client' | 'server';
  kind: 'request' | 'response' | 'notification';
  method: string;
  tool: string;
  x: number;
  y: number;
}
const sent: fc.Arbitrary<Sent> = fc.record({
  sender: fc.constantFrom('client', 'server'),
  kind: fc.constantFrom('request', 'response', 'notification'),
  method: fc.constantFrom(...METHODS),
  tool: fc.constantFrom('a', 'b'),
  x: fc.nat(1),
  y: fc.nat(1),
});

function subjectOf({ sender, kind, method, tool, x, y }: Sent): RuleSubject {
  const request = { jsonrpc: '2.0', id: 1, method, params: { name: tool, arguments: { x } } };
  const body =
    kind === 'request'
      ? request
      : kind === 'response'
        ? { jsonrpc: '2.0', id: 1, result: { y } }
        : { jsonrpc: '2.0', method, params: request.params };
  return { sender, bytes: Buffer.from(JSON.stringify(body)), ...(kind === 'response' && { request }) };
}

function holds(given: When, message: Sent): boolean {
  const { method, tool, server, kind, direction, params, result, all = [], any, not } = given;
  const called = message.method === 'tools/call' ? message.tool : null;
  return (
    (method === undefined || method === message.method) &&
    (tool === undefined || (typeof tool === 'string' ? tool === called : tool.exists === (called !== null))) &&
    (server === undefined || server === 'tickets') &&
    (kind === undefined || kind === message.kind) &&
    (direction === undefined || (direction === 'client_to_server') === (message.sender === 'client')) &&
    (params === undefined || params['$.arguments.x'] === message.x) &&
    (result === undefined || (message.kind === 'response' && result['$.y'] === message.y)) &&
    all.every((each) => holds(each, message)) &&
    (any === undefined || any.some((each) => holds(each, message))) &&
    (not === undefined || !holds(not, message))
  );
}

/** The messages that a rule sees if it does not name them. */
function isInScope(given: When, { sender, kind }: Sent): boolean {
  const words = JSON.stringify(given);
  if (/"(?:direction|kind)":/.test(words)) return true;
  if (/"result":/.test(words)) return kind === 'response';
  if (/"method":/.test(words)) return kind !== 'response';
  return sender === 'client' && kind === 'request';
}

it('exactly the rules whose conditions hold act, whatever is remembered of earlier messages', () => {
  let acted = 0;
  let asked = 0;
  fc.assert(
    fc.property(
      fc.array(when, { minLength: 1, maxLength: 6 }),
      fc.array(sent, { minLength: 5, maxLength: 12 }),
      (rules, messages) => {
        const list = rules.map((each, index) =>
          Object.fromEntries([
            ['id', `r${index}`],
            ['when', each],
            ['then', [{ tag: 't' }]],
          ]),
        );
        const engine = createEngine(parseRules(JSON.stringify({ version: 1, rules: list }), 'rules.json'));
        for (const message of messages) {
          const expected = rules.flatMap((each, index) =>
            isInScope(each, message) && holds(each, message) ? [`r${index}`] : [],
          );
          acted += expected.length;
          asked += rules.length;
          expect(hitsOf(engine.decide(subjectOf(message), CONTEXT)).map(({ rule }) => rule)).toEqual(expected);
        }
      },
    ),
    { seed: SEED, numRuns: 150 },
  );
  expect(acted / asked).toBeGreaterThan(0.1);
  expect(acted / asked).toBeLessThan(0.9);
});
