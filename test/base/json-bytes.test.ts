import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteRange, elementsAt, fieldAt, fieldsAt } from '../../src/base/json-bytes.js';

function texts(json: string, ranges: Iterable<ByteRange>): string[] {
  const bytes = Buffer.from(json);
  return [...ranges].map(({ start, end }) => bytes.toString('utf8', start, end));
}

describe('ranges of JSON text', () => {
  it('are those of fields and elements, as spelled', () => {
    const json = '{ "a" : 1.5e3 ,"b":"x\\"}","\\u0063":[1,{"d":"]"} , null],"e":{}}';
    expect(texts(json, fieldsAt(Buffer.from(json), 0))).toEqual(['1.5e3', '"x\\"}"', '[1,{"d":"]"} , null]', '{}']);
    expect([...fieldsAt(Buffer.from(json), 0)].map(({ name }) => name)).toEqual(['a', 'b', 'c', 'e']);
    const list = fieldAt(Buffer.from(json), 'c');
    expect(texts(json, elementsAt(Buffer.from(json), list?.start ?? 0))).toEqual(['1', '{"d":"]"}', 'null']);
  });

  it('go to the end where the text is cut', () => {
    expect(texts('{"a":{"b":"x', fieldsAt(Buffer.from('{"a":{"b":"x'), 0))).toEqual(['{"b":"x']);
    expect(texts('[1,"x\\', elementsAt(Buffer.from('[1,"x\\'), 0))).toEqual(['1', '"x\\']);
    expect(fieldAt(Buffer.from('{"a":1,"b'), 'b')).toBeNull();
  });

  it('agree with JSON.parse', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(3), (value, spaces) => {
        const bytes = Buffer.from(JSON.stringify(value, null, spaces));
        for (const [name, field] of Object.entries(value)) {
          const range = fieldAt(bytes, name);
          const text = bytes.toString('utf8', range?.start, range?.end);
          expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(field)));
          if (!Array.isArray(field)) continue;
          const elements = [...elementsAt(bytes, range?.start ?? 0)];
          expect(elements.map(({ start, end }) => JSON.parse(bytes.toString('utf8', start, end)))).toEqual(
            JSON.parse(JSON.stringify(field)),
          );
        }
      }),
    );
  });

  it('end for any text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', ':', ' ', '1', 'a')), (parts) => {
        const bytes = Buffer.from(parts.join(''));
        for (const { start, end } of [...fieldsAt(bytes, 0), ...elementsAt(bytes, 0)]) {
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(bytes.length);
        }
        expect(fieldAt(bytes, 'a', 'a')?.end ?? 0).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
