import { statfsSync } from 'node:fs';
import type { Database } from '../database.js';
import { createEndedRequests } from './ended-requests.js';
import { removeLeftovers } from './leftovers.js';
import { checkpoint, mergeTexts, shrink, usedBytes } from './space.js';
import { createSweep } from './sweep.js';
import { createUnused } from './unused.js';

/** What may stay. */
export interface RetentionLimits {
  /** Unix ms: requests that began before go. */
  olderThan: number;
  /** While the database uses more, the oldest requests go. */
  maxBytes: number;
}

/** Once above the limit, the database is brought down to this part of it: the next request must not be too much again. */
export const ROOM = 0.9;

/** How long one transaction works; its commit comes on top. Others wait for as long. */
export const STEP_MS = 25;

/** A disk with less space left: the write-ahead log, which every removal needs, must stay small. */
const CRAMPED_BYTES = 64 * 1_024 ** 2;
const CRAMPED_MS = 2;

/** Removes what the limits do not let stay, in many short steps, each a transaction of its own. */
export interface Pruning {
  /**
   * Works for some milliseconds. Others want to write, too: wait as long before the next one at least.
   *
   * @returns false when everything is done
   * @throws StoreError when nothing of this step was done; a later call tries it again.
   */
  step(): boolean;
  /** Requests removed up to now. */
  readonly removed: number;
}

/**
 * The oldest requests that have ended, then what nobody uses any more, then the pages of the file. It can be ended between
 * any two steps, by a kill inside one, and may be done by several processes at once.
 *
 * @param stepMs how long a step works; at 0 it does the least that it can
 * @param transaction runs a write transaction
 */
export function createPruning(
  db: Database,
  limits: RetentionLimits,
  stepMs: number,
  transaction: <Result>(work: () => Result) => Result,
): Pruning {
  const requests = createEndedRequests(db);
  const unused = createUnused(db);
  const sweep = createSweep(db);
  let removed = 0;
  let tooLarge = usedBytes(db) > limits.maxBytes;
  let cramped = false;

  function nextRequest(): number | null {
    if (tooLarge) tooLarge = usedBytes(db) > limits.maxBytes * ROOM;
    return requests.oldest(tooLarge ? Number.POSITIVE_INFINITY : limits.olderThan);
  }

  /**
   * What one request leaves unused goes before the next request does: the size is known by then.
   * @returns how many were removed, and whether there are more
   */
  function removeRequests(over: () => boolean): { count: number; more: boolean } {
    for (let count = 0; ; ) {
      unused.free(over);
      if (!unused.settled) return { count, more: true };
      const request = nextRequest();
      if (request === null) return { count, more: false };
      unused.offer(requests.remove(request));
      count += 1;
      if (over()) return { count, more: true };
    }
  }

  function removeOnce(): boolean {
    const { count, more } = shortly(removeRequests);
    removed += count;
    return more;
  }

  function sweepOnce(): boolean {
    const found = sweep.next();
    if (found !== null) unused.offer(found);
    if (!unused.settled) shortly(unused.free);
    return found !== null || !unused.settled;
  }

  function shortly<Result>(work: (over: () => boolean) => Result): Result {
    return transaction(() => {
      const end = performance.now() + (cramped ? Math.min(stepMs, CRAMPED_MS) : stepMs);
      return work(() => performance.now() >= end);
    });
  }

  function checkpointOnce(): boolean {
    checkpoint(db);
    return false;
  }

  /** Each is called until it says that there is nothing more. */
  const phases = [
    removeOnce,
    () => transaction(() => removeLeftovers(db, limits.olderThan)),
    sweepOnce,
    () => shortly((over) => mergeTexts(db, over)),
    () => shortly((over) => shrink(db, over)),
    checkpointOnce,
  ];

  function proceed(): boolean {
    const more = phases[0]?.() ?? false;
    if (!more) phases.shift();
    return phases.length > 0;
  }

  /** What one step has freed is space for the next one. */
  function giveBack(): void {
    checkpoint(db);
    shortly((over) => shrink(db, over));
    checkpoint(db);
  }

  return {
    step() {
      const { bavail, bsize } = statfsSync(db.name);
      cramped = bavail * bsize < CRAMPED_BYTES;
      const more = proceed();
      if (cramped) giveBack();
      return more;
    },
    get removed() {
      return removed;
    },
  };
}
