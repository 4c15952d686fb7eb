import type { Database } from '../sqlite.js';
import { DAY_MS } from './known-time.js';

/** A process that took the turn and died loses it after this. */
const LEASE_MS = 60_000;

/** Whose turn the daily pruning is: one process at a time, one completed run a day, over all processes of a database. */
export interface Turn {
  /** @param now unix ms. @returns whether it is this process' turn from now on. */
  take(now: number): boolean;
  /** To be called every half minute while the turn lasts. */
  keep(now: number): void;
  /** The run is complete: the next one is due in a day. */
  end(now: number): void;
}

export function createTurn(db: Database, transaction: <Result>(work: () => Result) => Result): Turn {
  const readDue = db.prepare<[], number>("SELECT value FROM metadata WHERE key = 'retention_due_at'").pluck();
  const setDue = db.prepare<[number]>(`
    INSERT INTO metadata (key, value) VALUES ('retention_due_at', ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value`);

  /** A time further away than a day was written by a clock that went wrong. */
  function isDue(now: number): boolean {
    const due = readDue.get();
    return due === undefined || due <= now || due > now + DAY_MS;
  }

  return {
    take(now) {
      if (!isDue(now)) return false;
      return transaction(() => {
        if (!isDue(now)) return false;
        setDue.run(now + LEASE_MS);
        return true;
      });
    },
    keep: (now) => transaction(() => void setDue.run(now + LEASE_MS)),
    end: (now) => transaction(() => void setDue.run(now + DAY_MS)),
  };
}
