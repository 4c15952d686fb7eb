import type { Database } from '../sqlite.js';
import { DAY_MS } from './known-time.js';

/** A process that died loses its turn after this. */
const LEASE_MS = 60_000;

/** The turn for the daily pruning: one process at a time, and one complete run a day, over all processes of a database. */
export interface Turn {
  /** @param now unix ms. @returns whether this process has the turn now */
  take(now: number): boolean;
  /** Call it every half minute while the turn lasts. */
  keep(now: number): void;
  /** The run is complete; the next one is due in a day. */
  end(now: number): void;
}

export function createTurn(db: Database, transaction: <Result>(work: () => Result) => Result): Turn {
  const readDue = db.prepare<[], number>("SELECT value FROM metadata WHERE key = 'retention_due_at'").pluck();
  const setDue = db.prepare<[number]>(`
    INSERT INTO metadata (key, value) VALUES ('retention_due_at', ?)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value`);

  /** A time more than a day away was written by a wrong clock. */
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
