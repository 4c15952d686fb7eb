import { statfsSync } from 'node:fs';
import type { Database } from '../sqlite.js';
import { createEndedMessages } from './ended-messages.js';
import { createEndedRequests } from './ended-requests.js';
import { removeLeftovers } from './leftovers.js';
import { checkpoint, mergeTexts, shrink, usedBytes } from './space.js';
import { createSweep } from './sweep.js';
import { type Candidates, createUnused } from './unused.js';

/** What may stay of requests and messages of MCP servers. Times are unix ms. */
export interface RetentionLimits {
  /** What began before this is removed. */
  olderThan: number;
  /** While the database uses more, the oldest is removed. */
  maxBytes: number;
  /** What began since then stays, however large the database is. */
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
  /** Number of MCP messages removed so far. */
  readonly removedMessages: number;
}

/** Works for a number of milliseconds. @returns whether the phase has more to do */
type Phase = (ms: number) => boolean;

/**
 * Removes the oldest ended requests and MCP messages, then shortens the file, then frees content that earlier processes left unused. It can be
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
  const messages = createEndedMessages(db);
  const unused = createUnused(db);
  const sweep = createSweep(db);
  let removed = 0;
  let removedMessages = 0;
  let tooLarge = usedBytes(db) > limits.maxBytes;

  /** Runs a transaction that can ask whether its time is over. */
  function shortly<Result>(ms: number, work: (over: () => boolean) => Result): Result {
    return transaction(() => {
      const end = performance.now() + ms;
      return work(() => performance.now() >= end);
    });
  }

  /** @returns the content that it used; null when nothing is left to remove */
  function removeOldest(): { used: Candidates; isRequest: boolean } | null {
    if (tooLarge) tooLarge = usedBytes(db) > limits.maxBytes * TARGET;
    const before = tooLarge ? Math.max(limits.olderThan, limits.sparedSince) : limits.olderThan;
    const request = requests.oldest(before);
    const message = messages.oldest(request?.at ?? before);
    if (message !== undefined) return { used: messages.remove(message.n), isRequest: false };
    return request === undefined ? null : { used: requests.remove(request.n), isRequest: true };
  }

  /**
   * Content that is left unused is freed before more is removed, so that the size is known.
   * @returns how much was removed, and whether there is more
   */
  function removeSome(over: () => boolean): { requests: number; messages: number; more: boolean } {
    for (let requests = 0, messages = 0; ; ) {
      unused.free(over);
      if (!unused.settled) return { requests, messages, more: true };
      const oldest = removeOldest();
      if (oldest === null) return { requests, messages, more: false };
      unused.offer(oldest.used);
      if (oldest.isRequest) requests += 1;
      else messages += 1;
      if (over()) return { requests, messages, more: true };
    }
  }

  const removeOld: Phase = (ms) => {
    const some = shortly(ms, removeSome);
    removed += some.requests;
    removedMessages += some.messages;
    return some.more;
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
  const phases = [removeOld, removeRest, tidyTexts, shortenFile, freeUnused, shortenFile];
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
    get removedMessages() {
      return removedMessages;
    },
  };
}
