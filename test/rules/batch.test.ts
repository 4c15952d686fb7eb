import { expect, it } from 'vitest';
import { batchParts, joinBatch } from '../../src/rules/index.js';

it.each([
  ['{"a":1}', null],
  ['[]', []],
  [' [ {"a": 1} , {"b":[1,2]}\n] ', ['{"a": 1}', '{"b":[1,2]}']],
])('the messages of %j', (text, expected) => {
  expect(batchParts(Buffer.from(text))?.map(String) ?? null).toEqual(expected);
});

it('the remaining messages are joined to a batch', () => {
  expect(String(joinBatch(['{"a": 1}', '{}'].map((text) => Buffer.from(text))))).toBe('[{"a": 1},{}]');
  expect(joinBatch([])).toBeNull();
});
