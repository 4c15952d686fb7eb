import { statSync } from 'node:fs';
import { loadSqlite } from '../../../src/store/sqlite.js';

/** The state of the database at a moment. Times are unix ms by the simulated clock. */
export interface DatabaseState {
  at: number;
  fileMb: number;
  logMb: number;
  usedMb: number;
  freeMb: number;
  requests: number;
  oldest: number | null;
  /** When the next daily pruning is due. */
  due: number | null;
}

const MB = 1_024 ** 2;

export function databaseState(file: string, at: number): DatabaseState {
  const db = new (loadSqlite())(file, { readonly: true });
  try {
    const number = (sql: string) => Number(db.prepare(sql).pluck().get() ?? Number.NaN);
    const page = number('PRAGMA page_size') / MB;
    const free = number('PRAGMA freelist_count') * page;
    const due = number("SELECT value FROM metadata WHERE key = 'retention_due_at'");
    const oldest = number('SELECT min(initiated) FROM captured_requests');
    return {
      at,
      fileMb: sizeMb(file),
      logMb: sizeMb(`${file}-wal`),
      usedMb: number('PRAGMA page_count') * page - free,
      freeMb: free,
      requests: number('SELECT count(*) FROM captured_requests'),
      oldest: Number.isNaN(oldest) ? null : oldest,
      due: Number.isNaN(due) ? null : due,
    };
  } finally {
    db.close();
  }
}

/** Counts of the records of a run. */
export interface StoredOfRun {
  /** Requests that have ended. */
  requests: number;
  open: number;
  calls: number;
  /** Calls whose result was found in a later request. */
  delivered: number;
}

/** @param since unix ms by the simulated clock */
export function storedSince(file: string, since: number): StoredOfRun {
  const db = new (loadSqlite())(file, { readonly: true });
  try {
    const count = (sql: string) => Number(db.prepare(sql).pluck().get(since));
    const ofRun = 'FROM captured_requests WHERE initiated >= ? AND kind <> ';
    return {
      requests: count(`SELECT count(*) ${ofRun} 'mcp' AND state <> 'open'`),
      open: count(`SELECT count(*) ${ofRun} 'mcp' AND state = 'open'`),
      calls: count("SELECT count(*) FROM mcp_calls WHERE sent_at >= ? AND state <> 'open'"),
      delivered: count('SELECT count(*) FROM mcp_calls WHERE sent_at >= ? AND carried_by IS NOT NULL'),
    };
  } finally {
    db.close();
  }
}

function sizeMb(file: string): number {
  try {
    return statSync(file).size / MB;
  } catch {
    return 0;
  }
}

/** One daily pruning, by the simulated clock, as the looks at the database saw it. */
export interface DailyRun {
  /** Hours from when it was due to the look that first saw it, or its end; null for the first, which is due at once. */
  lateHours: number | null;
  /** Hours since the start. */
  at: number;
  /** Its end, hours since the start; or null. */
  end: number | null;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * A process takes its turn by writing a time that is a minute away, and again and again while it works; at the end it writes the
 * time of the next turn, a day away.
 */
export function dailyRuns(states: readonly DatabaseState[], start: number): DailyRun[] {
  const runs: DailyRun[] = [];
  let nextDue: number | null = null;
  for (const { at, due } of states) {
    if (due === null || due === nextDue) continue;
    const last = runs.at(-1);
    const current = last !== undefined && last.end === null ? last : null;
    const hours = (at - start) / HOUR_MS;
    const isEnd = due > at + HOUR_MS;
    const run = current ?? { lateHours: nextDue === null ? null : (at - nextDue) / HOUR_MS, at: hours, end: null };
    if (current === null) runs.push(run);
    if (!isEnd) continue;
    run.end = (due - DAY_MS - start) / HOUR_MS;
    if (current === null) run.at = run.end;
    nextDue = due;
  }
  return runs;
}
