import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cut, damaged } from './damage.js';
import { fuzzTarget } from './target.js';

const broken = fuzzTarget(
  'broken',
  1,
  fc.record({ bytes: damaged(fc.constant(Buffer.from('zoft')), ['<']) }),
  ({ bytes }) => {
    if (bytes.includes('<')) throw new RangeError('a bracket');
  },
);

it('finds the smallest input for which a target fails, and the path that replays it', async () => {
  const failure = await broken.run({ seed: 1, runs: 10_000 });
  expect(failure).toMatchObject({ seed: 1, error: { message: 'a bracket' } });
  expect(JSON.parse(failure?.input ?? '')).toEqual({ bytes: '<zoft' });
  const again = await broken.run({ seed: 1, runs: 1, path: failure?.path ?? '' });
  expect(again?.input).toBe(failure?.input);
});

it('reports no failure of a target that holds', async () => {
  const fine = fuzzTarget('fine', 1, fc.nat(), () => {});
  expect(await fine.run({ seed: 1, runs: 100 })).toBeNull();
});

it('cuts bytes without losing any', () => {
  const bytes = Buffer.from('brindle');
  expect(cut(bytes, [3, 300, 3]).map(String)).toEqual(['bri', '', 'n', 'dle']);
  expect(cut(bytes, 'each')).toHaveLength(7);
});
