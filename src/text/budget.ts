import type { BudgetPeriod, BudgetUse } from '../model/budget.js';
import { counted, formatDollars, formatPercent, markEstimate } from './units.js';

const NAMES: Readonly<Record<BudgetPeriod, string>> = {
  session: 'this session',
  day: 'today',
  month: 'this month',
};

/** `day $4.10 of $5.00`. */
export function shortBudgetUse({ period, costUsd, isEstimate, limitUsd }: BudgetUse): string {
  return `${period} ${markEstimate(formatDollars(costUsd), isEstimate)} of ${formatDollars(limitUsd)}`;
}

/** `82 % of the budget for today is spent: $4.10 of $5.00`. Says which requests are not in the figure. */
export function describeBudgetUse({ period, costUsd, isEstimate, limitUsd, share, unpriced }: BudgetUse): string {
  const spent = `${markEstimate(formatDollars(costUsd), isEstimate)} of ${formatDollars(limitUsd)}`;
  const part = share < 1 ? `${formatPercent(Math.min(share, 0.99))} of the budget` : 'the budget';
  const left = unpriced > 0 ? `, without ${counted(unpriced, 'request')} whose price is not known` : '';
  return `${part} for ${NAMES[period]} is spent: ${spent}${left}`;
}
