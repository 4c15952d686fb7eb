import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SOURCE_GROUPS } from '../../src/model/source-group.js';
import { textOf, widthOf } from '../../src/text/line.js';
import { barScale, GROUP_LETTERS, STACK_ORDER, stackedBar } from '../../src/text/stacked-bar.js';

const barOf = (groups: Parameters<typeof stackedBar>[0]['groups'], scale: number, width: number) => {
  const tokens = groups.reduce((sum, group) => sum + group.tokens, 0);
  return textOf(stackedBar({ tokens, groups }, scale, width));
};

it('has a part for each group in proportion, with a letter of its own', () => {
  const groups = [
    { group: 'conversation', tokens: 50 },
    { group: 'mcp', tokens: 30 },
    { group: 'framework', tokens: 20 },
  ] as const;
  expect(barOf(groups, 100, 20)).toBe('FFFFMMMMMMCCCCCCCCCC');
  expect(barOf(groups, 200, 20)).toBe('FFMMMCCCCC');
  expect(stackedBar({ tokens: 100, groups }, 100, 20).map(({ tone }) => tone)).toEqual([
    'framework',
    'mcp',
    'conversation',
  ]);
});

it('shows small groups, and the largest where there is no room for all', () => {
  const groups = [
    { group: 'tools', tokens: 10_000 },
    { group: 'mcp', tokens: 3 },
    { group: 'hooks', tokens: 1 },
  ] as const;
  expect(barOf(groups, 10_004, 10)).toBe('TTTTTTTTMH');
  expect(barOf(groups, 50_000, 10)).toBe('TM');
});

it('marks tokens without groups, and is empty where nothing is known', () => {
  expect(textOf(stackedBar({ tokens: 50, groups: [] }, 100, 10))).toBe('·····');
  expect(stackedBar({ tokens: null, groups: [] }, 100, 10)).toEqual([]);
});

it('is as long as its tokens, whatever the groups', () => {
  const groups = fc.uniqueArray(
    fc.record({ group: fc.constantFrom(...SOURCE_GROUPS), tokens: fc.integer({ min: 1, max: 1e6 }) }),
    { selector: ({ group }) => group, minLength: 1 },
  );
  fc.assert(
    fc.property(groups, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 1e7 }), (groups, width, scale) => {
      const tokens = groups.reduce((sum, group) => sum + group.tokens, 0);
      const expected = Math.max(1, Math.min(width, Math.round((tokens / scale) * width)));
      expect(widthOf(stackedBar({ tokens, groups }, scale, width))).toBe(expected);
    }),
  );
});

it('every group has a place and a letter that no other has', () => {
  expect(STACK_ORDER.toSorted()).toEqual(SOURCE_GROUPS.toSorted());
  expect(new Set(Object.values(GROUP_LETTERS)).size).toBe(SOURCE_GROUPS.length);
});

it('the scale is the window, or a round number where bars would be short', () => {
  expect(barScale(150_000, 200_000)).toBe(200_000);
  expect(barScale(210_000, 200_000)).toBe(210_000);
  expect(barScale(23_000, 200_000)).toBe(30_000);
  expect(barScale(47_000, null)).toBe(50_000);
  expect(barScale(0, null)).toBe(1_000);
});
