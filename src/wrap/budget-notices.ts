import { type Budgets, limitedPeriods, nearlySpent } from '../model/budget.js';
import { describeBudgetUse } from '../text/budget.js';
import { readEndedRun } from './read-ended-run.js';

/**
 * The closing lines about budgets that are nearly spent.
 *
 * @param sessionId of Claude Code, the last of the run; null when none was seen
 */
export async function budgetNotices(budgets: Budgets, database: string, sessionId: string | null): Promise<string[]> {
  const periods = limitedPeriods(budgets);
  if (periods.length === 0) return [];
  const notices = await readEndedRun(database, (reader) => {
    const spending = reader.spending(periods, { now: new Date(), sessionId });
    return nearlySpent(budgets, spending).map(describeBudgetUse);
  });
  return notices ?? [];
}
