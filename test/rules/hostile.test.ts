import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRecord } from '../../src/base/json.js';
import type { RuleSubject } from '../../src/rules/index.js';
import { CONTEXT, engineOf, stepsOf } from './support/decide.js';

/** A rule of every kind, for every message. */
const EVERYTHING = `
  - { id: tag, when: { kind: { one_of: [request, response, notification] } }, then: [{ tag: t }, { alert: a }] }
  - { id: seen, when: { direction: { one_of: [client_to_server, server_to_client] }, any: [{ params: { "$..a": { regex: "(a+)+$" } } }, { result: { "$..a": { contains: a } } }] }, then: [{ redact: ["$..a", "$.b[*]"] }] }
  - { id: set, when: { not: { kind: notification } }, then: [{ modify: { set: { $.a: [1], "$.list[*].a": x, $.__proto__.polluted: 1 } } }] }
  - { id: more, when: { not: { kind: notification } }, then: [{ modify: { remove: ["$.b", "$..c"], rename: { "$.a": __proto__, "$..d": constructor }, transform: { "$..*": [upper, { add: 1 }, { replace: { regex: "[AB]", with: "" } }] } } }] }
  - { id: slow, when: { kind: request }, then: [{ delay: { ms: 1 } }] }
  - { id: mock, when: { method: { prefix: m } }, then: [{ mock: { result: { echo: "{{ request.params }}", text: "{{ request.params.a }} {{ request.method }}", all: "{{ request }}" } } }] }
  - { id: block, when: { method: { prefix: b } }, then: [{ block: { reason: no } }] }
  - { id: fault, when: { kind: { one_of: [request, response] } }, then: [{ fault: { kind: rate_limit } }] }`;

/** Names that rules look for, and those that are dangerous in JavaScript. */
const name = fc.oneof(
  fc.constantFrom('a', 'b', 'c', 'd', 'list', '__proto__', 'constructor', 'toString', 'length', '', '\ud800'),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, true, 'a', 'aaaaaaaaaaaaaaaaaaaa!', '\udc00', '{{ 1 }}', 1e308, -0, 2 ** 70),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
}));
const id = fc.oneof(fc.integer(), fc.string({ maxLength: 5 }), fc.constantFrom(null, {}, 1.5, 1e300));
const method = fc.constantFrom('tools/call', 'mock', 'block', 'initialize', 'notifications/x', '', 'm\ud800');
const message = fc.oneof(
  fc.record({ jsonrpc: fc.constant('2.0'), id, method, params: value }, { requiredKeys: [] }),
  fc.record({ jsonrpc: fc.constant('2.0'), id, result: value, error: value }, { requiredKeys: [] }),
  value,
);
const subject: fc.Arbitrary<RuleSubject> = fc.record({
  sender: fc.constantFrom('client' as const, 'server' as const),
  bytes: fc.oneof(
    { weight: 8, arbitrary: message.map((body) => Buffer.from(JSON.stringify(body))) },
    { weight: 1, arbitrary: message.map((body) => Buffer.from(JSON.stringify(body)).subarray(0, -1)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 50 }) },
  ),
});

describe('any message', () => {
  it('is decided without an exception, and what is made of it is JSON-RPC with its id', () => {
    const engine = engineOf(EVERYTHING);
    fc.assert(
      fc.property(subject, (given) => {
        const before = Buffer.from(given.bytes);
        const decision = engine.decide(given, CONTEXT);
        expect(Buffer.from(given.bytes).equals(before)).toBe(true);
        for (const step of stepsOf(decision) ?? []) {
          if (!('bytes' in step)) continue;
          const original: unknown = JSON.parse(before.toString());
          const made: unknown = JSON.parse(step.bytes);
          if (!isRecord(original) || !isRecord(made)) throw new Error('not an object');
          expect(made.id).toEqual(original.id ?? made.id);
          if (step.do === 'answer') expect(Object.keys(made)).toHaveLength(3);
          expect(typeof made.method === 'string' || isRecord(made.result) || isRecord(made.error)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('that no rule is about is passed on', () => {
    const engine = engineOf(`
  - { id: server, when: { server: other, kind: request }, then: [{ block: { reason: no } }] }
  - { id: tool, when: { tool: no_such_tool }, then: [{ block: { reason: no } }] }
  - { id: never, when: { kind: { one_of: [request, response, notification] } }, probability: 0, then: [{ block: { reason: no } }] }`);
    fc.assert(
      fc.property(subject, (given) => {
        expect(engine.decide(given, CONTEXT)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });
});

describe('a message that is made to cost', () => {
  const params = (text: string) => `{"jsonrpc":"2.0","id":1,"method":"mock","params":${text}}`;

  it.each([
    ['deep', params(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`)],
    ['deep objects', params(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`)],
    ['wide', params(`{"a":"a","list":[${Array.from({ length: 20_000 }, () => '{"a":"a"}').join()}]}`)],
    ['many fields', params(`{${Array.from({ length: 20_000 }, (_, n) => `"k${n}":"a"`).join()}}`)],
    ['one name', params(`{${Array.from({ length: 50_000 }, () => '"a":"a"').join()}}`)],
    ['long text', params(`{"a":"${'a'.repeat(8_000_000)}!"}`)],
    ['long number', params(`{"a":${'9'.repeat(1_000_000)}}`)],
    ['long method', `{"jsonrpc":"2.0","id":1,"method":"m${'x'.repeat(4_000_000)}","params":{}}`],
    ['long id', `{"jsonrpc":"2.0","id":"${'x'.repeat(4_000_000)}","method":"mock","params":{}}`],
    ['escapes', params(`{"a":"${'\\\\'.repeat(2_000_000)}"}`)],
    ['more parts than are parsed', params(`[${'0,'.repeat(1_500_000)}0]`)],
  ])('takes bounded time: %s', (_, text) => {
    const engine = engineOf(EVERYTHING);
    const bytes = Buffer.from(text);
    const started = performance.now();
    const decision = engine.decide({ sender: 'client', bytes }, CONTEXT);
    const steps = stepsOf(decision) ?? [];
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(steps.some((step) => step.do === 'answer')).toBe(true);
  });

  it('is remembered in bounded memory', () => {
    const engine = engineOf('  - { id: a, when: { tool: { prefix: zzz } }, then: [{ tag: t }] }');
    for (let n = 0; n < 5_000; n++) {
      const text = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"${n}${'x'.repeat(n % 1_000)}"}}`;
      engine.decide({ sender: 'client', bytes: Buffer.from(text) }, { ...CONTEXT, server: `s${n % 1_500}` });
    }
    expect(engine.decide({ sender: 'client', bytes: Buffer.from(params('{}')) }, CONTEXT)).toBeNull();
  });
});
