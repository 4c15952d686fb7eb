import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/base/json.js';
import { RepeatedJson } from '../../src/base/repeated-json.js';
import { requestBody } from '../support/bodies.js';
import { mutated, mutations } from '../support/mutations.js';
import { MILD } from '../support/truth/rates.js';
import { makeSession } from '../support/truth/session.js';
import { createBiller } from '../support/truth/truth.js';

/** With side calls, subagents and a compaction. */
const SESSION = makeSession({ seed: 5, biller: createBiller(MILD), turns: 9, counts: false, clears: true });

/** Also in the order of fields. A field may have any name, such as `constructor`, by which vitest would compare types. */
function expectSame(json: RepeatedJson, bytes: Buffer): void {
  expect(JSON.stringify(json.parse(bytes))).toBe(JSON.stringify(parseJson(bytes.toString())));
}

describe('bodies that repeat earlier ones', () => {
  it('are what JSON.parse makes of them, in a whole session', () => {
    const json = new RepeatedJson();
    for (const { exchange } of SESSION) expectSame(json, Buffer.from(JSON.stringify(exchange.body)));
    expect(SESSION).toHaveLength(20);
  });

  it('so are changed bodies, in any spelling', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(), mutations(3), fc.nat(2)), { maxLength: 8 }),
        requestBody,
        (steps, own) => {
          const json = new RepeatedJson();
          for (const [index, changes, spaces] of steps) {
            const body = index % 4 === 0 ? own : SESSION[index % SESSION.length]?.body;
            expectSame(json, Buffer.from(JSON.stringify(mutated(body, changes), null, spaces) ?? ''));
            expectSame(json, Buffer.from(JSON.stringify(body, null, spaces)));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('so are damaged bytes, also after the same bytes without damage', () => {
    const [first, second] = SESSION.slice(3, 5).map(({ body }) => Buffer.from(JSON.stringify(body)));
    if (first === undefined || second === undefined) throw new Error('the session is too short');
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom(0x22, 0x2c, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x20, 0x30, 0xc3),
        fc.nat(2),
        (at, byte, kind) => {
          const json = new RepeatedJson();
          expectSame(json, first);
          const place = at % second.length;
          const damaged = [
            Buffer.from(second).fill(byte, place, place + 1),
            second.subarray(0, place),
            Buffer.concat([second.subarray(0, place), Buffer.of(byte), second.subarray(place)]),
          ][kind];
          expectSame(json, damaged ?? second);
          expectSame(json, second);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    '',
    'null',
    '{}',
    '[]',
    '{"messages":[]}',
    '{"messages":[1,true,"a",null,[],{}]}',
    '{"messages":[1,]}',
    '{"messages":[,1]}',
    '{"messages":[1 2]}',
    '{"messages":[{"a":1]}]}',
    '{"messages":[1],"messages":[2]}',
    '{"messages":[1],"messages":"x"}',
    '{"messages":"x","messages":[1]}',
    '{"messages":[1],"mess\\u0061ges":[]}',
    '{"mess\\u0061ges":[3],"messages":[1]}',
    '{"messages":[1]}x',
    '{"messages":[1]',
    '{"messages":[1}',
    '{"messages":[1],}',
    '{messages:[1]}',
    ' { "messages" : [ 1 , {"a" : "\\\\"} ] , "tools":[{}] } ',
    '\ufeff{"messages":[1]}',
    '{"__proto__":[1],"messages":[{"__proto__":{"a":1}}]}',
    '{"a":{"messages":[1]},"system":["ü","\\ud800"],"messages":[1]}',
  ])('so is %s', (text) => {
    const json = new RepeatedJson();
    for (const known of ['{"messages":[1,{"a":"b"},2],"tools":[{}]}', text, text]) expectSame(json, Buffer.from(known));
  });

  it('so are bytes that are not UTF-8', () => {
    const json = new RepeatedJson();
    const bytes = Buffer.from('{"messages":["\xe4\xb8","\xff",{"a":"\xc3"}]}', 'latin1');
    for (const each of [bytes, Buffer.from(bytes)]) expectSame(json, each);
  });

  it('share the elements that they repeat, whatever changed before them', () => {
    const json = new RepeatedJson();
    const message = (text: string) => ({ role: 'user', content: [{ type: 'text', text }] });
    const parse = (messages: object[], system: string) => {
      const body = { messages, system: [{ type: 'text', text: system }], tools: [{ name: 'Read' }] };
      return json.parse(Buffer.from(JSON.stringify(body))) as typeof body;
    };
    const before = parse([message('a'), message('b'), message('c')], 'x');
    const after = parse([message('a'), message('B'), message('c'), message('d')], 'y');
    expect(after.messages[0]).toBe(before.messages[0]);
    expect(after.messages[1]).not.toBe(before.messages[1]);
    expect(after.messages[2]).toBe(before.messages[2]);
    expect(after.system[0]).not.toBe(before.system[0]);
    expect(after.tools[0]).toBe(before.tools[0]);
  });

  it('are the same value for the same bytes', () => {
    const json = new RepeatedJson();
    const bytes = Buffer.from('{"messages":[{}]}');
    expect(json.parse(bytes)).toBe(json.parse(bytes));
  });

  it('are kept as long as they are few: of a conversation the last, of all those that fit', () => {
    const message = (text: string) => ({ role: 'user', content: text.repeat(2_000) });
    const bytesOf = (...texts: string[]) => Buffer.from(JSON.stringify({ messages: texts.map(message) }));
    const conversations = ['a', 'b', 'c'].map((text) => bytesOf(text));
    const kept = (json: RepeatedJson) => {
      const again = conversations.map((bytes) => json.parse(bytes));
      return again.filter((value, index) => value === first[index]).length;
    };
    const roomy = new RepeatedJson(100_000);
    let first = conversations.map((bytes) => roomy.parse(bytes));
    expect(kept(roomy)).toBe(3);
    const tight = new RepeatedJson(15_000);
    first = conversations.map((bytes) => tight.parse(bytes));
    expect(tight.parse(conversations[2] ?? Buffer.alloc(0))).toBe(first[2]);
    expect(tight.parse(conversations[0] ?? Buffer.alloc(0))).not.toBe(first[0]);
  });

  it('are forgotten after a hundred others, however small: each is compared with all of them', () => {
    const json = new RepeatedJson();
    const bytesOf = (number: number) => Buffer.from(`{"messages":[{"content":"${number}"}]}`);
    const first = bytesOf(0);
    const value = json.parse(first);
    for (let number = 1; number < 100; number++) json.parse(bytesOf(number));
    expect(json.parse(first)).toBe(value);
    json.parse(bytesOf(100));
    expect(json.parse(first)).not.toBe(value);
  });

  it('that are too large to be kept leave the others, and share what they repeat of them', () => {
    const json = new RepeatedJson(100_000);
    const bytesOf = (...texts: string[]) => Buffer.from(JSON.stringify({ messages: texts.map((text) => ({ text })) }));
    const small = bytesOf('a'.repeat(100));
    const value = json.parse(small) as { messages: object[] };
    const large = json.parse(bytesOf('a'.repeat(100), 'b'.repeat(50_000))) as { messages: object[] };
    expect(large.messages[0]).toBe(value.messages[0]);
    expect(json.parse(small)).toBe(value);
  });

  it('leave the bodies of other conversations when their own grows', () => {
    const json = new RepeatedJson(100_000);
    const bodyOf = (text: string, count: number) => {
      const messages = Array.from({ length: count }, (_, index) => ({ role: 'user', content: `${text} ${index}` }));
      return Buffer.from(JSON.stringify({ messages, tools: [{ name: 'Read', description: 'd'.repeat(5_000) }] }));
    };
    const other = bodyOf('other', 1);
    const value = json.parse(other);
    for (let count = 1; count < 20; count++) json.parse(bodyOf('own', count));
    expect(json.parse(other)).toBe(value);
  });

  it('with more values than are read are not read', () => {
    const json = new RepeatedJson();
    const body = (count: number) => Buffer.from(`{"messages":[[${'0,'.repeat(count)}0],[${'0,'.repeat(count)}0]]}`);
    expect(json.parse(body(499_990))).toBeDefined();
    expect(json.parse(body(500_000))).toBeUndefined();
  });
});
