import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apportion } from '../../../src/attribution/tokens/apportion.js';
import { createCalibrations } from '../../../src/attribution/tokens/calibration.js';
import { agrees, type Inherited, settle } from '../../../src/attribution/tokens/ledger.js';
import type { Member, TokenGroup } from '../../../src/attribution/tokens/token-group.js';
import type { TokenKind } from '../../../src/attribution/tokens/token-kind.js';

const KINDS: TokenKind[] = ['definition', 'system', 'text', 'result', 'call', 'overhead'];
const calibration = () => createCalibrations()('quorn-1');
const inherited = (...billed: TokenGroup[]): Inherited => ({ billed, others: [] });
const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

const members = fc.uniqueArray(fc.nat(40), { minLength: 1, maxLength: 20 }).map((numbers) =>
  numbers.map(
    (number): Member => ({
      key: `${number}`,
      kind: KINDS[number % KINDS.length] ?? 'text',
      estimate: (number * 37) % 500,
      foreign: 0,
      dense: 0,
      opens: true,
    }),
  ),
);
const group = fc.record({
  members,
  total: fc.nat(5000),
  slack: fc.constantFrom(0, 0, 5, 300),
  known: fc.constantFrom('exact' as const, 'shared' as const, 'scaled' as const),
});

describe('a bill shared out among inherited and new members', () => {
  test('gives whole tokens, none negative, that sum to the bill, for any inherited groups and any bill', () => {
    fc.assert(
      fc.property(
        members,
        fc.nat(10_000),
        fc.array(group, { maxLength: 3 }),
        fc.array(group, { maxLength: 2 }),
        (present, bill, billed, others) => {
          const { tokens, known, groups } = settle(present, bill, { billed, others }, calibration());
          expect(sum(tokens)).toBe(bill);
          expect(tokens.every((count) => Number.isSafeInteger(count) && count >= 0)).toBe(true);
          expect(known).toHaveLength(present.length);
          const keys = groups.flatMap((each) => each.members.map(({ key }) => key));
          expect(keys.toSorted()).toEqual(present.map(({ key }) => key).toSorted());
        },
      ),
    );
  });

  const member = (key: string, estimate: number): Member => ({
    key,
    kind: 'result',
    estimate,
    foreign: 0,
    dense: 0,
    opens: true,
  });
  const pinned = (total: number, ...inside: Member[]): TokenGroup => ({
    members: inside,
    total,
    slack: 0,
    known: 'exact',
  });

  test('a group that lost a small member still determines the new ones, nearly', () => {
    const [large, small, fresh] = [member('large', 5000), member('small', 5), member('new', 400)];
    const { tokens, known } = settle(
      [large, fresh],
      5800,
      inherited(pinned(5505, large, small)),
      createCalibrations()('quorn-1'),
    );
    expect(tokens[1]).toBeGreaterThan(297);
    expect(tokens[1]).toBeLessThan(303);
    expect(known[1]).toBe('exact');
  });

  test('uncertain groups of a complete bill determine the new members', () => {
    const [a, b, fresh] = [member('a', 500), member('b', 500), member('new', 400)];
    const vague = (total: number, inside: Member): TokenGroup => ({
      ...pinned(total, inside),
      slack: 200,
      known: 'scaled',
    });
    const { tokens, known } = settle([a, b, fresh], 1333, inherited(vague(700, a), vague(300, b)), calibration());
    expect([tokens[2], known[2]]).toEqual([333, 'exact']);
  });

  test('a group that lost half of its tokens determines nothing', () => {
    const [a, b, fresh] = [member('a', 500), member('b', 500), member('new', 400)];
    expect(settle([a, fresh], 900, inherited(pinned(1000, a, b)), calibration()).known).toEqual(['scaled', 'scaled']);
  });

  test('agrees with a bill that leaves enough or more for the new members', () => {
    const [old, fresh] = [member('old', 100), member('new', 400)];
    const fits = (bill: number) => agrees([old, fresh], bill, inherited(pinned(100, old)), calibration());
    expect([50, 100, 150, 300, 500, 5000].map(fits)).toEqual([false, false, false, true, true, true]);
  });
});

test('shares are proportional, whole, and sum to the total', () => {
  expect(apportion([1, 1, 1], 10)).toEqual([4, 3, 3]);
  expect(apportion([0, 3, 1], 8)).toEqual([0, 6, 2]);
  expect(apportion([0, 0], 3)).toEqual([2, 1]);
  expect(apportion([], 3)).toEqual([]);
  const weights = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(weights, fc.maxSafeNat(), (given, total) => {
      const shares = apportion(given, total);
      expect(shares.reduce((all, share) => all + BigInt(share), 0n)).toBe(BigInt(total));
    }),
  );
});
