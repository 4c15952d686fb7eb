import { type Budgets, limitedPeriods, nearlySpent } from '../model/budget.js';
import { describeBudgetUse } from '../text/budget.js';

/**
 * The closing lines about budgets that are nearly spent.
 *
 * @param sessionId of Claude Code, the last of the run; null when none was seen
 */
export async function budgetNotices(budgets: Budgets, database: string, sessionId: string | null): Promise<string[]> {
  const periods = limitedPeriods(budgets);
  if (periods.length === 0) return [];
  // This thread has no database, and needs none without a budget.
  try {
    const { openReader } = await import('../store/index.js');
    const reader = openReader(database);
    try {
      const spending = reader.spending(periods, { now: new Date(), sessionId });
      return nearlySpent(budgets, spending).map(describeBudgetUse);
    } finally {
      reader.close();
    }
  } catch {
    // The recorder has reported what is wrong with the database. Or claude-trace was updated while it ran: the old file is gone.
    return [];
  }
}
