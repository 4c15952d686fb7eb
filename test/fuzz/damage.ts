import fc from 'fast-check';

/** A change of bytes, as plain data that fast-check can shrink. Numbers are taken modulo the sizes of the input. */
interface Edit {
  kind: 'flip' | 'put' | 'insert' | 'drop' | 'repeat' | 'move' | 'end';
  at: number;
  other: number;
  length: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom('flip', 'put', 'insert', 'drop', 'repeat', 'move', 'end'),
  at: fc.nat(),
  other: fc.nat(),
  length: fc.oneof({ weight: 3, arbitrary: fc.nat(8) }, fc.nat(600)),
});

/**
 * These bytes with some damage; a third of them without.
 * @param tokens words of their format, which are put into them
 */
export function damaged(
  whole: fc.Arbitrary<Buffer>,
  tokens: readonly (string | Buffer)[],
  maxEdits = 4,
): fc.Arbitrary<Buffer> {
  const words = tokens.map((token) => Buffer.from(token));
  const edits = fc.oneof(
    fc.constant([]),
    fc.array(edit, { minLength: 1, maxLength: 1 }),
    fc.array(edit, { maxLength: maxEdits }),
  );
  return fc
    .tuple(whole, edits)
    .map(([bytes, changes]) => changes.reduce((now, change) => edited(now, change, words), bytes));
}

function edited(bytes: Buffer, { kind, at, other, length }: Edit, words: readonly Buffer[]): Buffer {
  const start = at % (bytes.length + 1);
  const end = Math.min(bytes.length, start + length);
  const [before, part, after] = [bytes.subarray(0, start), bytes.subarray(start, end), bytes.subarray(end)];
  const word = words[other % words.length] ?? Buffer.alloc(0);
  switch (kind) {
    case 'flip':
      return Buffer.concat([
        before,
        bytes.subarray(start, start + 1).map((byte) => byte ^ (other & 0xff)),
        bytes.subarray(start + 1),
      ]);
    case 'put':
      return Buffer.concat([before, word, bytes.subarray(start + word.length)]);
    case 'insert':
      return Buffer.concat([before, word, bytes.subarray(start)]);
    case 'drop':
      return Buffer.concat([before, after]);
    case 'repeat':
      return Buffer.concat([before, ...Array<Buffer>(1 + (other % 5)).fill(part), part, after]);
    case 'move': {
      const rest = Buffer.concat([before, after]);
      const place = other % (rest.length + 1);
      return Buffer.concat([rest.subarray(0, place), part, rest.subarray(place)]);
    }
    case 'end':
      return before;
  }
}

/** Where bytes are cut: some places, or each. */
export const cuts: fc.Arbitrary<readonly number[] | 'each'> = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.nat(), { maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constant<'each'>('each') },
);

export function cut(bytes: Buffer, places: readonly number[] | 'each'): Buffer[] {
  if (places === 'each') return Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}
