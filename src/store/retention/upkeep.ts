import { RejectedRecordError, StoreError } from '../errors.js';
import type { Store } from '../write/store.js';
import { DAY_MS } from './known-time.js';
import type { Pruning } from './pruning.js';

/** Low-priority work on a store, in short steps while it has nothing else to do. */
export interface Upkeep {
  /** How long to wait before the first step, ms. */
  firstAfterMs: number;
  /** Never throws. @returns how long to wait before the next step, ms; null: no more steps */
  step(store: Store): number | null;
}

export interface RetentionUpkeepOptions {
  /** Requests older than this are removed, ms. */
  maxAgeMs: number;
  /** While the database uses more, the oldest requests are removed. */
  maxBytes: number;
  /** Retention failed: nothing is removed until the next start. Called once. */
  onProblem(error: unknown): void;
  /** What retention may not remove is larger than `maxBytes`. Called once. @param usedBytes of the database */
  onTooLarge(usedBytes: number): void;
  firstAfterMs?: number;
}

/** Shorter runs leave the work to the next one. */
const FIRST_AFTER_MS = 5_000;

/** Between two checks of the size and the time. */
const CHECK_MS = 60_000;

/** Between two steps, so that others can write and the processor is free for other work. */
const PAUSE_MS = 250;

/** If the database is still too large after pruning, it is pruned again after growing by this factor. */
const GROWTH = 1.1;

/** After a transient failure: the database is locked, or the disk is full. */
const RETRY_MS = 5_000;

const KEEP_TURN_MS = 20_000;

/**
 * Retention while claude-trace runs: once a day for each database, whichever process does it, and whenever it has become too
 * large. A process that ends early leaves the rest to the next one.
 */
export function createRetentionUpkeep(options: RetentionUpkeepOptions): Upkeep {
  let current: { store: Store; pruning: Pruning; daily: boolean; tooLarge: boolean; keptAt: number } | null = null;
  let toleratedBytes = options.maxBytes;
  let reportedTooLarge = false;

  function begin(store: Store, now: number): boolean {
    const { turn, usedBytes, knownTime, prune } = store.retention;
    const daily = turn.take(now);
    const used = usedBytes();
    if (!daily && used <= toleratedBytes) return false;
    // As long as the time is not known, no request is old.
    const known = knownTime(now) ?? 0;
    const pruning = prune({
      olderThan: known - options.maxAgeMs,
      maxBytes: options.maxBytes,
      sparedSince: known - DAY_MS,
    });
    current = { store, pruning, daily, tooLarge: used > options.maxBytes, keptAt: now };
    return true;
  }

  /** Called at the end of a pruning because of the size: what is left may not be removed. */
  function judgeSize(usedBytes: number): void {
    const tooLarge = usedBytes > options.maxBytes;
    toleratedBytes = tooLarge ? usedBytes * GROWTH : options.maxBytes;
    if (!tooLarge || reportedTooLarge) return;
    reportedTooLarge = true;
    options.onTooLarge(usedBytes);
  }

  function proceed(store: Store, now: number): number {
    if (current?.store !== store && !begin(store, now)) return CHECK_MS;
    if (current === null) return CHECK_MS;
    if (current.daily && now - current.keptAt > KEEP_TURN_MS) {
      store.retention.turn.keep(now);
      current.keptAt = now;
    }
    if (current.pruning.step()) return PAUSE_MS;
    if (current.daily) store.retention.turn.end(now);
    if (current.tooLarge) judgeSize(store.retention.usedBytes());
    current = null;
    return CHECK_MS;
  }

  return {
    firstAfterMs: options.firstAfterMs ?? FIRST_AFTER_MS,
    step(store) {
      try {
        return proceed(store, Date.now());
      } catch (error) {
        if (error instanceof StoreError && error.transient) return RETRY_MS;
        // Capturing must go on.
        options.onProblem(error instanceof RejectedRecordError ? error.cause : error);
        return null;
      }
    },
  };
}
