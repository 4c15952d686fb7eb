import type { Database } from '../sqlite.js';
import { cutHours, isOfStored, type Period, periodOf } from './hours.js';
import { hoursOf } from './period-rows.js';
import { countRequests } from './query.js';

/**
 * Requests that retention has removed from a period, apart from those of the hours that it cuts. Null for a project or an agent:
 * aggregates keep neither.
 */
export function countRemoved(db: Database, period: Period): number | null {
  if (isOfStored(period)) return null;
  const rows = hoursOf(db, 'request', ['requests'], period);
  const all = db.prepare<(string | number)[], number | null>(`SELECT sum(requests) FROM ${rows.sql}`).pluck();
  return (all.get(...rows.parameters) ?? 0) - countRequests(db, periodOf(period));
}

/**
 * Requests that retention has removed from the hours that a period cuts: aggregates do not say in which part of the hour they
 * were. Null for a project or an agent.
 */
export function countRemovedAtEnds(db: Database, period: Period): number | null {
  if (isOfStored(period)) return null;
  const removed = cutHours(period).map((hour) => countRemoved(db, { ...period, ...hour }) ?? 0);
  return removed.reduce((sum, each) => sum + each, 0);
}
