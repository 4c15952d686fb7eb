import type { Database } from '../sqlite.js';
import { knownTime } from './known-time.js';
import { createPruning, type Pruning, type RetentionLimits, STEP_MS } from './pruning.js';
import { usedBytes } from './space.js';
import { createTurn, type Turn } from './turn.js';

/** What a store does for retention. Everything here throws StoreErrors only. */
export interface Retention {
  /** @param stepMs how long a step works, 25 unless given */
  prune(limits: RetentionLimits, stepMs?: number): Pruning;
  /** Of the database, without what is free in it. */
  usedBytes(): number;
  /** @param now unix ms. @returns the time that the stored requests vouch for (known-time.ts); null: none yet. */
  knownTime(now: number): number | null;
  readonly turn: Turn;
}

/**
 * @param transaction runs a write transaction
 * @param ask runs anything else that SQLite does
 */
export function createRetention(
  db: Database,
  transaction: <Result>(work: () => Result) => Result,
  ask: <Result>(work: () => Result) => Result,
): Retention {
  const turn = createTurn(db, transaction);
  return {
    prune(limits, stepMs = STEP_MS) {
      const pruning = ask(() => createPruning(db, limits, stepMs, transaction));
      return {
        step: () => ask(pruning.step),
        get removed() {
          return pruning.removed;
        },
      };
    },
    usedBytes: () => ask(() => usedBytes(db)),
    knownTime: (now) => ask(() => knownTime(db, now)),
    turn: { ...turn, take: (now) => ask(() => turn.take(now)) },
  };
}
