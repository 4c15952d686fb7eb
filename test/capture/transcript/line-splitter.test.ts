import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLineSplitter } from '../../../src/capture/transcript/line-splitter.js';

function split(text: string, cuts: readonly number[], maxBytes = 1_000) {
  const splitter = createLineSplitter(maxBytes);
  const bytes = Buffer.from(text);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  const lines = ends.flatMap((end, index) => splitter.push(bytes.subarray(ends[index - 1] ?? 0, end)));
  const rest = splitter.end();
  return (rest === null ? lines : [...lines, rest]).map(({ bytes: line, ...more }) => ({
    ...more,
    text: line?.toString() ?? null,
  }));
}

it('gives the same lines however the file is cut into chunks', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'é', '\n') }), fc.array(fc.nat(100)), (text, cuts) => {
      const lines = split(text, cuts);
      expect(lines.map((line) => line.text + (line.unfinished ? '' : '\n')).join('')).toBe(text);
      expect(lines.map(({ number }) => number)).toEqual(lines.map((_, index) => index + 1));
    }),
  );
});

it('keeps nothing of a line above the limit, and the next one whole', () => {
  expect(split(`${'x'.repeat(11)}\n${'y'.repeat(10)}\n`, [3, 7], 10)).toEqual([
    { number: 1, text: null, unfinished: false },
    { number: 2, text: 'y'.repeat(10), unfinished: false },
  ]);
});

it('says that the last line may still be written', () => {
  expect(split('a\nb', [])).toEqual([
    { number: 1, text: 'a', unfinished: false },
    { number: 2, text: 'b', unfinished: true },
  ]);
});
