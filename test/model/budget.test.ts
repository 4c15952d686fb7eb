import { describe, expect, it } from 'vitest';
import { type Budgets, limitedPeriods, NO_BUDGETS, nearlySpent } from '../../src/model/budget.js';

const BUDGETS: Budgets = { session: null, day: 5, month: 100 };
const spent = (costUsd: number) => ({ costUsd, isEstimate: false, unpriced: 0 });

describe('nearlySpent', () => {
  it.each([
    [3.99, []],
    [4, [0.8]],
    [5, [1]],
    [6, [1.2]],
  ])('of $5, $%f is a notice with the shares %j', (costUsd, shares) => {
    expect(nearlySpent(BUDGETS, { day: spent(costUsd) }).map(({ share }) => share)).toEqual(shares);
  });

  it('has every budget that is nearly spent, and none without a limit or without a known session', () => {
    const uses = nearlySpent(BUDGETS, { session: spent(900), day: spent(6), month: spent(90) });
    expect(uses.map(({ period, limitUsd }) => [period, limitUsd])).toEqual([
      ['day', 5],
      ['month', 100],
    ]);
    expect(nearlySpent({ ...NO_BUDGETS, session: 1 }, {})).toEqual([]);
  });
});

it('asks only for periods with a limit', () => {
  expect(limitedPeriods(BUDGETS)).toEqual(['day', 'month']);
  expect(limitedPeriods(NO_BUDGETS)).toEqual([]);
});
