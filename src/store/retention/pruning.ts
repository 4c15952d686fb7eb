import { statfsSync } from 'node:fs';
import type { Database } from '../sqlite.js';
import { createEndedRequests } from './ended-requests.js';
import { removeLeftovers } from './leftovers.js';
import { checkpoint, mergeTexts, shrink, usedBytes } from './space.js';
import { createSweep } from './sweep.js';
import { createUnused } from './unused.js';

/** What may stay. Times are unix ms. */
export interface RetentionLimits {
  /** Requests that began before this are removed. */
  olderThan: number;
  /** While the database uses more, the oldest requests are removed. */
  maxBytes: number;
  /** Requests that began since then stay, however large the database is. */
  sparedSince: number;
}

/** A database above the limit is reduced to this part of it, so that the next request does not exceed it again. */
export const TARGET = 0.9;

/** How long one transaction works, without its commit. Others wait this long. */
export const STEP_MS = 25;

/** With less free space on the disk the write-ahead log, which every removal needs, must stay small. */
const LOW_SPACE_BYTES = 64 * 1_024 ** 2;
const LOW_SPACE_MS = 2;

/** Removes what exceeds the limits, in many short steps, each in its own transaction. */
export interface Pruning {
  /**
   * Works for some milliseconds. Wait at least as long before the next step, so that others can write.
   *
   * @returns false when everything is done
   * @throws StoreError when nothing of this step was done; a later call tries it again
   */
  step(): boolean;
  /** Number of requests removed so far. */
  readonly removed: number;
}

/** Works for a number of milliseconds. @returns whether the phase has more to do */
type Phase = (ms: number) => boolean;

/**
 * Removes the oldest ended requests, then shortens the file, then frees content that earlier processes left unused. It can be
 * stopped between any two steps, killed inside one, and run by several processes at once.
 *
 * @param stepMs how long a step works; at 0 it does as little as possible
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

  /** Runs a transaction that can ask whether its time is over. */
  function shortly<Result>(ms: number, work: (over: () => boolean) => Result): Result {
    return transaction(() => {
      const end = performance.now() + ms;
      return work(() => performance.now() >= end);
    });
  }

  function nextRequest(): number | null {
    if (tooLarge) tooLarge = usedBytes(db) > limits.maxBytes * TARGET;
    return requests.oldest(tooLarge ? Math.max(limits.olderThan, limits.sparedSince) : limits.olderThan);
  }

  /**
   * Content that a request leaves unused is freed before the next request is removed, so that the size is known.
   * @returns how many requests were removed, and whether there are more
   */
  function removeSome(over: () => boolean): { count: number; more: boolean } {
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

  const removeRequests: Phase = (ms) => {
    const { count, more } = shortly(ms, removeSome);
    removed += count;
    return more;
  };

  const removeRest: Phase = () => transaction(() => removeLeftovers(db, limits.olderThan));

  const tidyTexts: Phase = (ms) => shortly(ms, (over) => mergeTexts(db, over));

  const freeUnused: Phase = (ms) => {
    if (unused.settled) {
      const found = sweep.next();
      if (found === null) return false;
      unused.offer(found);
    }
    shortly(ms, (over) => {
      unused.free(over);
      if (unused.settled) sweep.keepPlace();
    });
    return true;
  };

  const shortenFile: Phase = (ms) => {
    const more = shortly(ms, (over) => shrink(db, over));
    if (!more) checkpoint(db);
    return more;
  };

  // The sweep reads the whole database, so the file is shortened before it as well: the process may end during the sweep.
  const phases = [removeRequests, removeRest, tidyTexts, shortenFile, freeUnused, shortenFile];
  let current = 0;

  function proceed(ms: number): boolean {
    const phase = phases[current];
    if (phase === undefined) return false;
    if (!phase(ms)) current += 1;
    return current < phases.length;
  }

  /** Returns the freed space to the disk, where the next step needs it. */
  function giveBack(): void {
    checkpoint(db);
    shortly(LOW_SPACE_MS, (over) => shrink(db, over));
    checkpoint(db);
  }

  return {
    step() {
      const { bavail, bsize } = statfsSync(db.name);
      const isLow = bavail * bsize < LOW_SPACE_BYTES;
      const more = proceed(isLow ? Math.min(stepMs, LOW_SPACE_MS) : stepMs);
      if (isLow) giveBack();
      return more;
    },
    get removed() {
      return removed;
    },
  };
}
