/** The period of a budget: one session of Claude Code, a local day, or a local month. */
export const BUDGET_PERIODS = ['session', 'day', 'month'] as const;
export type BudgetPeriod = (typeof BUDGET_PERIODS)[number];

/** US dollars; null without a limit. */
export type Budgets = Readonly<Record<BudgetPeriod, number | null>>;

export const NO_BUDGETS: Budgets = { session: null, day: null, month: null };

/** What billed requests of kind `messages` cost. */
export interface Spending {
  /** US dollars, of the requests whose price is known. */
  costUsd: number;
  /** Some output was estimated or is unknown, so the cost is not exact. */
  isEstimate: boolean;
  /** Billed requests whose price is not known. */
  unpriced: number;
}

/** A budget that is nearly or completely spent. */
export interface BudgetUse extends Spending {
  period: BudgetPeriod;
  limitUsd: number;
  /** Share of the limit that is spent: 0.8 or more. */
  share: number;
}

/** Share of a limit from which a notice is shown. */
const NEARLY_SPENT = 0.8;

/** Budgets that have a limit, in the order in which they are shown. */
export function limitedPeriods(budgets: Budgets): BudgetPeriod[] {
  return BUDGET_PERIODS.filter((period) => budgets[period] !== null);
}

/** @param spending of the periods with a limit; a session may not be known yet */
export function nearlySpent(budgets: Budgets, spending: Partial<Record<BudgetPeriod, Spending>>): BudgetUse[] {
  return BUDGET_PERIODS.flatMap((period): BudgetUse[] => {
    const [limitUsd, spent] = [budgets[period], spending[period]];
    if (limitUsd === null || spent === undefined) return [];
    const share = spent.costUsd / limitUsd;
    return share < NEARLY_SPENT ? [] : [{ ...spent, period, limitUsd, share }];
  });
}
