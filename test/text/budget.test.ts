import { describe, expect, it } from 'vitest';
import type { BudgetUse } from '../../src/model/budget.js';
import { describeBudgetUse, shortBudgetUse } from '../../src/text/budget.js';

const USE: BudgetUse = { period: 'day', costUsd: 4.1, isEstimate: false, unpriced: 0, limitUsd: 5, share: 0.82 };

describe('describeBudgetUse', () => {
  it('says how much of which budget is spent', () => {
    expect(describeBudgetUse(USE)).toBe('82 % of the budget for today is spent: $4.10 of $5.00');
    expect(describeBudgetUse({ ...USE, period: 'month', costUsd: 4.99, share: 0.998 })).toBe(
      '99 % of the budget for this month is spent: $4.99 of $5.00',
    );
    expect(describeBudgetUse({ ...USE, period: 'session', costUsd: 5, share: 1 })).toBe(
      'the budget for this session is spent: $5.00 of $5.00',
    );
  });

  it('says what is estimated and what is not counted', () => {
    expect(describeBudgetUse({ ...USE, isEstimate: true, unpriced: 2 })).toBe(
      '82 % of the budget for today is spent: ~$4.10 of $5.00, without 2 requests whose price is not known',
    );
  });
});

it('fits a status line', () => {
  expect(shortBudgetUse({ ...USE, isEstimate: true })).toBe('day ~$4.10 of $5.00');
});
