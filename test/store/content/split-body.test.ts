import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinChains, splitBody } from '../../../src/store/content/split-body.js';

const text = (chain: readonly Uint8Array[] | undefined) => chain?.map((item) => Buffer.from(item).toString());
const cut = (body: string) => splitBody(Buffer.from(body)).map(text);

/** JSON with white space anywhere, duplicate keys, and the split keys at any depth. */
const space = fc.constantFrom('', '', '', ' ', '\n  ', '\t\r\n');
const { json } = fc.letrec<{ json: string; array: string; object: string; scalar: string }>((tie) => ({
  scalar: fc.oneof(
    fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
    fc.constantFrom('""', '"\\\\"', '"\\""', '"\\\\\\""', '"[,]{}"', '1', '-0.5e3', 'true', 'null'),
  ),
  array: fc
    .tuple(space, fc.array(fc.tuple(space, tie('json'), space), { maxLength: 5 }))
    .map(([open, items]) => `[${open}${items.map((item) => item.join('')).join(',')}]`),
  object: fc
    .tuple(
      space,
      fc.array(
        fc.tuple(
          fc.constantFrom('messages', 'system', 'tools', 'model', 'a"\\b').map((key) => JSON.stringify(key)),
          space,
          space,
          tie('json'),
          space,
        ),
        { maxLength: 5 },
      ),
    )
    .map(([open, fields]) => `{${open}${fields.map(([k, a, b, v, c]) => `${k}${a}:${b}${v}${c}`).join(`,${open}`)}}`),
  json: fc.oneof({ depthSize: 'small' }, tie('scalar'), tie('array'), tie('object')),
}));

const expectExact = (body: Uint8Array) => expect(Buffer.compare(joinChains(splitBody(body)), body)).toBe(0);

describe('splitBody', () => {
  it('makes each element of messages, system and tools an item, in any order of keys', () => {
    expect(cut('{"tools":[{"a":1},2],"model":"m","messages":["x"]}')).toEqual([
      ['{"tools":['],
      ['{"a":1}', '2'],
      ['],"model":"m","messages":['],
      ['"x"'],
      [']}'],
    ]);
  });

  it('keeps unusual separators with the next element', () => {
    expect(cut('{"messages": [\n 1, 2 ,3\n] }')).toEqual([['{"messages": [\n '], ['1', ', 2', ' ,3'], ['\n] }']]);
  });

  it('splits only at the top level: nested arrays of the same name stay in their element', () => {
    expect(cut('{"metadata":{"messages":[1,2]},"system":"text"}')).toEqual([
      ['{"metadata":{"messages":[1,2]},"system":"text"}'],
    ]);
  });

  it.each([
    '{"messages":[1,,2]}',
    '{"messages":[1,2',
    '{"messages":[1 2]}',
    '{"messages":["a]}',
    '[{"messages":[1]}]',
    '{messages:[1]}',
    'not json',
    '{',
  ])('leaves %s whole', (body) => {
    expect(cut(body)).toEqual([[body]]);
  });

  it('joins to exactly the bytes of any JSON', () => {
    fc.assert(
      fc.property(json, (body) => void expectExact(Buffer.from(body))),
      { numRuns: 500 },
    );
  });

  it('joins to exactly the bytes of broken JSON', () => {
    const broken = fc.tuple(json, fc.nat(), fc.nat(3), fc.uint8Array({ maxLength: 2 })).map(([body, at, gone, put]) => {
      const bytes = Buffer.from(body);
      const start = at % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + gone)]);
    });
    fc.assert(
      fc.property(broken, (body) => void expectExact(body)),
      { numRuns: 500 },
    );
  });

  it('joins to exactly the bytes of anything', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (body) => void expectExact(body)));
  });
});
