import type { BudgetPeriod, Spending } from '../../model/budget.js';
import { roundDollars } from '../../model/dollars.js';
import type { Database } from '../sqlite.js';
import type { Period } from './hours.js';
import { hoursOf } from './period-rows.js';

/** The time and the session for which spending is summed. */
export interface SpendingNow {
  now: Date;
  /** Null: no session is known, so nothing is spent in one. */
  sessionId: string | null;
}

/**
 * What was spent in this session, since local midnight and since the first of the local month, from aggregates, which also count
 * removed requests. The sums are those of `stats` with the same period.
 */
export function readSpending(
  db: Database,
  periods: readonly BudgetPeriod[],
  { now, sessionId }: SpendingNow,
): Partial<Record<BudgetPeriod, Spending>> {
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()];
  const filters: Record<BudgetPeriod, Period | null> = {
    session: sessionId === null ? null : { sessionId },
    day: { since: new Date(year, month, day).getTime() },
    month: { since: new Date(year, month).getTime() },
  };
  const spending: Partial<Record<BudgetPeriod, Spending>> = {};
  for (const period of periods) {
    const filter = filters[period];
    if (filter !== null) spending[period] = spentIn(db, filter);
  }
  return spending;
}

interface Sums {
  cost_usd: number | null;
  estimated: number | null;
  unpriced: number | null;
}

function spentIn(db: Database, period: Period): Spending {
  const rows = hoursOf(db, 'request', ['billed', 'priced', 'estimated', 'cost_usd'], period);
  const sums = db
    .prepare<(string | number)[], Sums>(
      `SELECT sum(cost_usd) AS cost_usd, sum(estimated) AS estimated, sum(billed - priced) AS unpriced FROM ${rows.sql}`,
    )
    .get(...rows.parameters);
  return {
    costUsd: roundDollars(sums?.cost_usd ?? 0),
    isEstimate: (sums?.estimated ?? 0) > 0,
    unpriced: sums?.unpriced ?? 0,
  };
}
