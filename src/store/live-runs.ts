import { codeOf } from '../base/error-text.js';
import type { Database } from './sqlite.js';

/** A row of `runs`, as far as it says whether its process may still be alive. */
export interface OpenRun {
  pid: number;
  /** Unix ms. */
  started_at: number;
  /** Name of the traced program. */
  command: string;
}

/** Runs that have not ended; their processes may have been killed. */
export function openRuns(db: Database): OpenRun[] {
  return db.prepare<[], OpenRun>('SELECT pid, started_at, command FROM runs WHERE ended_at IS NULL').all();
}

/** Containers reuse pids at once: a run with our own pid that began before this process belongs to an earlier one. */
export function isAlive(run: Pick<OpenRun, 'pid' | 'started_at'>): boolean {
  if (run.pid === process.pid) return run.started_at >= Date.now() - process.uptime() * 1000 - 1000;
  try {
    process.kill(run.pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is alive and belongs to another user.
    return codeOf(error) === 'EPERM';
  }
}
