import { type Dispatch, useEffect, useRef } from 'react';
import { type BudgetPeriod, type Budgets, limitedPeriods, nearlySpent } from '../../../model/budget.js';
import { describeBudgetUse } from '../../../text/budget.js';
import type { PanelData } from '../data/panel-data.js';
import type { Action } from '../state/reducer.js';
import { useDeferred } from './use-deferred.js';

/** Announces once that a budget is nearly spent, and once that it is spent. The session is the last that was seen. */
export function useBudgetNotice(data: PanelData, version: number, budgets: Budgets, dispatch: Dispatch<Action>): void {
  const periods = limitedPeriods(budgets);
  const { value: uses } = useDeferred(periods.length === 0 ? null : 'budgets', version, () =>
    data.ask((reader) => {
      const sessionId = reader.sessions({}, { limit: 1 }).rows[0]?.id ?? null;
      return nearlySpent(budgets, reader.spending(periods, { now: new Date(), sessionId }));
    }),
  );
  /** Budgets that were announced, and whether they were spent then. */
  const said = useRef<ReadonlyMap<BudgetPeriod, boolean>>(new Map());
  useEffect(() => {
    if (uses === null) return;
    const news = uses.filter(({ period, share }) => said.current.get(period) !== share >= 1);
    said.current = new Map(uses.map(({ period, share }) => [period, share >= 1]));
    if (news.length === 0) return;
    dispatch({ type: 'notice', notice: { tone: 'bad', text: news.map(describeBudgetUse).join('; ') } });
  }, [uses, dispatch]);
}
