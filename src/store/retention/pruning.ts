import { statfsSync } from 'node:fs';
import type { Database } from '../sqlite.js';
import { createEndedRequests } from './ended-requests.js';
import { removeLeftovers } from './leftovers.js';
import { checkpoint, mergeTexts, shrink, usedBytes } from './space.js';
import { createSweep } from './sweep.js';
import { createUnused } from './unused.js';

/** What may stay; times in unix ms. */
export interface RetentionLimits {
  /** Requests that began before go. */
  olderThan: number;
  /** While the database uses more, the oldest requests go. */
  maxBytes: number;
  /** Requests that began since stay, however large the database is. */
  sparedSince: number;
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

/** Works for so many milliseconds. @returns whether there is more of the same to do. */
type Phase = (ms: number) => boolean;

/**
 * The oldest requests that have ended, then the pages of the file, then what others have left unused. It can be ended between
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

  /** A transaction that asks whether its time is over. */
  function shortly<Result>(ms: number, work: (over: () => boolean) => Result): Result {
    return transaction(() => {
      const end = performance.now() + ms;
      return work(() => performance.now() >= end);
    });
  }

  function nextRequest(): number | null {
    if (tooLarge) tooLarge = usedBytes(db) > limits.maxBytes * ROOM;
    return requests.oldest(tooLarge ? Math.max(limits.olderThan, limits.sparedSince) : limits.olderThan);
  }

  /**
   * What one request leaves unused goes before the next request does: the size is known by then.
   * @returns how many were removed, and whether there are more
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

  // The sweep looks through the whole database. A process that ends during it has given its space back before.
  const phases = [removeRequests, removeRest, tidyTexts, shortenFile, freeUnused, shortenFile];
  let current = 0;

  function proceed(ms: number): boolean {
    const phase = phases[current];
    if (phase === undefined) return false;
    if (!phase(ms)) current += 1;
    return current < phases.length;
  }

  /** What one step has freed is space for the next one. */
  function giveBack(): void {
    checkpoint(db);
    shortly(CRAMPED_MS, (over) => shrink(db, over));
    checkpoint(db);
  }

  return {
    step() {
      const { bavail, bsize } = statfsSync(db.name);
      const cramped = bavail * bsize < CRAMPED_BYTES;
      const more = proceed(cramped ? Math.min(stepMs, CRAMPED_MS) : stepMs);
      if (cramped) giveBack();
      return more;
    },
    get removed() {
      return removed;
    },
  };
}
