import type { Database } from '../sqlite.js';
import { knownTime } from './known-time.js';
import { createPruning, type Pruning, type RetentionLimits, STEP_MS } from './pruning.js';
import { usedBytes } from './space.js';
import { createTurn, type Turn } from './turn.js';

/** The retention side of a store. All calls throw StoreErrors only. */
export interface Retention {
  /** @param stepMs how long a step works; default: 25 */
  prune(limits: RetentionLimits, stepMs?: number): Pruning;
  /** Size of the database, without its free pages. */
  usedBytes(): number;
  /** The time that age is measured from (known-time.ts); null while it is not known. @param now unix ms */
  knownTime(now: number): number | null;
  readonly turn: Turn;
}

/**
 * @param transaction runs a write transaction
 * @param ask runs any other call of SQLite
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
        get removedMessages() {
          return pruning.removedMessages;
        },
      };
    },
    usedBytes: () => ask(() => usedBytes(db)),
    knownTime: (now) => ask(() => knownTime(db, now)),
    turn: { ...turn, take: (now) => ask(() => turn.take(now)) },
  };
}
