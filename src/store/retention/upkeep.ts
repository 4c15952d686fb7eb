import { describeError } from '../../base/error-text.js';
import { RejectedRecordError, StoreError } from '../errors.js';
import type { Store } from '../write/store.js';
import { DAY_MS } from './known-time.js';
import type { Pruning } from './pruning.js';

/** Work of low priority on a store, in short steps while it has nothing else to do. */
export interface Upkeep {
  /** How long to wait before the first step, ms. */
  firstAfterMs: number;
  /** Never throws. @returns how long to wait before the next step, ms; null: never again. */
  step(store: Store): number | null;
}

export interface RetentionUpkeepOptions {
  /** Age up to which requests are kept, ms. */
  maxAgeMs: number;
  /** While the database uses more, the oldest requests go. */
  maxBytes: number;
  /** It cannot go on, and why: nothing is removed until the next start. Told once. */
  onProblem(message: string): void;
  /** What retention leaves alone uses more than `maxBytes` by itself. Told once. @param usedBytes of the database */
  onTooLarge(usedBytes: number): void;
  firstAfterMs?: number;
}

/** A run that is over sooner leaves it to the next one. */
const FIRST_AFTER_MS = 5_000;

/** Between two looks at the size and at the clock. */
const LOOK_MS = 60_000;

/** Between two steps: others write meanwhile, and the processor has better things to do. */
const PAUSE_MS = 250;

/** Where nothing more could go although it is too large: tried again when so many times as much is used. */
const GROWTH = 1.1;

/** Another process holds the database, or the disk is full: later may be better. */
const RETRY_MS = 5_000;

const KEEP_TURN_MS = 20_000;

/**
 * Retention while claude-trace runs: once a day over all processes of a database, and whenever it has become too large. A
 * process that ends in the middle of it leaves the rest to the next one.
 */
export function createRetentionUpkeep(options: RetentionUpkeepOptions): Upkeep {
  /** What is being done, and the store that it is done with. */
  let current: { store: Store; pruning: Pruning; daily: boolean; tooLarge: boolean; keptAt: number } | null = null;
  let toleratedBytes = options.maxBytes;
  let told = false;

  function begin(store: Store, now: number): boolean {
    const { turn, usedBytes, knownTime, prune } = store.retention;
    const daily = turn.take(now);
    const used = usedBytes();
    if (!daily && used <= toleratedBytes) return false;
    // While nobody knows how late it is, nothing is old.
    const known = knownTime(now) ?? 0;
    const pruning = prune({
      olderThan: known - options.maxAgeMs,
      maxBytes: options.maxBytes,
      sparedSince: known - DAY_MS,
    });
    current = { store, pruning, daily, tooLarge: used > options.maxBytes, keptAt: now };
    return true;
  }

  /** A run because of the size is over: what it left is what may not go. */
  function judgeSize(usedBytes: number): void {
    const tooLarge = usedBytes > options.maxBytes;
    toleratedBytes = tooLarge ? usedBytes * GROWTH : options.maxBytes;
    if (!tooLarge || told) return;
    told = true;
    options.onTooLarge(usedBytes);
  }

  function proceed(store: Store, now: number): number {
    if (current?.store !== store && !begin(store, now)) return LOOK_MS;
    if (current === null) return LOOK_MS;
    if (current.daily && now - current.keptAt > KEEP_TURN_MS) {
      store.retention.turn.keep(now);
      current.keptAt = now;
    }
    if (current.pruning.step()) return PAUSE_MS;
    if (current.daily) store.retention.turn.end(now);
    if (current.tooLarge) judgeSize(store.retention.usedBytes());
    current = null;
    return LOOK_MS;
  }

  return {
    firstAfterMs: options.firstAfterMs ?? FIRST_AFTER_MS,
    step(store) {
      try {
        return proceed(store, Date.now());
      } catch (error) {
        if (error instanceof StoreError && error.transient) return RETRY_MS;
        // Whatever it is, the requests that are being captured matter more.
        options.onProblem(reason(error));
        return null;
      }
    },
  };
}

function reason(error: unknown): string {
  const cause = error instanceof RejectedRecordError ? error.cause : error;
  return describeError(cause);
}
