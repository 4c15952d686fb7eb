import { RejectedRecordError, StoreError, type StoreErrorCode, storeError } from '../errors.js';
import type { Upkeep } from '../retention/upkeep.js';
import type { RequestRow } from '../rows.js';
import { applyJob, requestOf, type WriteJob } from './jobs.js';
import type { Store } from './store.js';
import { WaitingJobs } from './waiting-jobs.js';

export type { WriteJob } from './jobs.js';

/** Something the user must know. Told once for each code until writing works again. */
export interface StoreProblem {
  /** overflow: memory for waiting records ran out; recovered: writing works again; else why it does not. */
  code: StoreErrorCode | 'overflow' | 'recovered';
  message: string;
}

export interface WriteQueueOptions {
  onProblem(problem: StoreProblem): void;
  /** The requests that a transaction touched, as every reader sees them now; called after its commit. */
  onCommitted(rows: RequestRow[]): void;
  /** Requests that were dropped or refused, and will never be committed. */
  onLost?(ids: readonly string[]): void;
  /** Before each job; what it is about is what to blame should writing never return. */
  onJob?(job: WriteJob): void;
  /** Memory for records that wait for the database. */
  maxBytes?: number;
  /** A lock of another process is told when it lasts longer. */
  lockPatienceMs?: number;
  /** Every step into SQLite goes through it; null from it means that the step was not allowed any more. */
  pass?: <Result>(step: () => Result) => Result | null;
  /** Done in steps while nothing waits to be written, up to the first `drain`. */
  upkeep?: Upkeep;
}

/** Counts of requests and responses, each one record. */
export interface QueueCounts {
  written: number;
  lost: number;
}

export interface WriteQueue {
  /** Never throws and never waits: writing happens in later turns of the event loop. */
  push(job: WriteJob): void;
  /** Writes full batches at once, while the database takes them: whoever brings more than can be written waits here. */
  relieve(): void;
  counts(): QueueCounts;
  /** How many records wait to be written. */
  waiting(): number;
  /**
   * Writes what waits, then closes the store. The last call.
   * @param timeoutMs how long to go on trying while nothing can be written; what is then left is lost
   * @param hurry no longer than until this, even while writing works
   */
  drain(timeoutMs: number, hurry?: AbortSignal): Promise<QueueCounts>;
}

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;

/** Jobs are collected this long, so that a burst costs one transaction. */
const COLLECT_MS = 20;

/** Limits of one transaction: others must get their turn. */
const BATCH_JOBS = 64;
const BATCH_BYTES = 8 * 1024 * 1024;

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;
const DRAIN_RETRY_MS = 50;

/** Upkeep that met waiting records looks again after this. */
const UPKEEP_RETRY_MS = 500;

const LOCK_PATIENCE_MS = 5_000;

/** Problems that do not last: nothing recovers from them. */
const OVER_AT_ONCE: ReadonlySet<StoreProblem['code']> = new Set(['rejected', 'unattributed', 'replaced']);

/**
 * Writes jobs in batches, and keeps them while the database cannot take them.
 *
 * A transient failure (locked, full, read-only, not to be opened) is tried again with growing pauses; one that needs a
 * person (damaged, newer schema, no native binding) ends the writing; a record that the database refuses is left out alone.
 * What went into a file that had lost its name is written again, to the one that has it now.
 *
 * @param open opens the store; called again until it succeeds. It should wait for other processes only briefly, here and in
 *   its writes: the queue has the patience, and its thread must not be stuck when the process ends.
 */
export function createWriteQueue(open: () => Store, options: WriteQueueOptions): WriteQueue {
  const waiting = new WaitingJobs(options.maxBytes ?? DEFAULT_MAX_BYTES);
  const counts: QueueCounts = { written: 0, lost: 0 };
  const told = new Set<StoreProblem['code']>();
  let store: Store | null = null;
  let timer: NodeJS.Timeout | null = null;
  let upkeepTimer: NodeJS.Timeout | null = null;
  let retryMs = FIRST_RETRY_MS;
  const pass = options.pass ?? ((step) => step());
  const lockPatienceMs = options.lockPatienceMs ?? LOCK_PATIENCE_MS;
  /** Another process holds the database: since when, and what SQLite said last; null while none does. */
  let lock: { since: number; failure: StoreError } | null = null;
  let stopped = false;
  /** Written with every batch: a database that takes the place of another does not know the run. */
  let begun: WriteJob | null = null;

  function tell(code: StoreProblem['code'], message: string): void {
    if (told.has(code)) return;
    told.add(code);
    options.onProblem({ code, message });
  }

  /** @param ids of the requests and responses that are lost, one for each */
  function lose(ids: readonly string[]): void {
    counts.lost += ids.length;
    if (ids.length > 0) options.onLost?.(ids);
  }

  function schedule(ms: number): void {
    timer ??= setTimeout(() => {
      timer = null;
      const pauseMs = retryMs;
      const written = attempt();
      if (waiting.length > 0) schedule(written ? 0 : pauseMs);
    }, ms);
  }

  /** @returns whether it was written */
  function attempt(): boolean {
    const written = pass(writeBatch) ?? false;
    retryMs = written ? FIRST_RETRY_MS : Math.min(retryMs * 2, LAST_RETRY_MS);
    return written;
  }

  function scheduleUpkeep(upkeep: Upkeep, ms: number): void {
    upkeepTimer = setTimeout(() => {
      const idle = waiting.length === 0 ? store : null;
      const next = idle === null ? UPKEEP_RETRY_MS : pass(() => upkeep.step(idle));
      if (next !== null && !stopped) scheduleUpkeep(upkeep, next);
    }, ms);
    // Nobody waits for it.
    upkeepTimer.unref();
  }

  /** @returns false when the database did not take it and it must be tried again later. */
  function writeBatch(): boolean {
    const batch = waiting.first(BATCH_JOBS, BATCH_BYTES);
    if (batch.length === 0) return true;
    let outcome: Outcome;
    try {
      store ??= open();
      outcome = commit(store, begun === null ? batch : [begun, ...batch], options.onJob);
      store.checkFile();
    } catch (error) {
      fail(error);
      return stopped;
    }
    lock = null;
    waiting.shift(batch.length);
    account(batch, outcome);
    tellRecovery();
    publish(store, batch);
    return true;
  }

  function fail(error: unknown): void {
    const failure = error instanceof StoreError ? error : new RejectedRecordError(error);
    if (failure.code === 'locked') lock = { since: lock?.since ?? Date.now(), failure };
    const bearable = failure.code === 'locked' && lock !== null && Date.now() - lock.since < lockPatienceMs;
    if (!bearable) tell(failure.code, failure.message);
    if (!failure.transient) {
      stopped = true;
      lose(waiting.clear());
    } else if (failure.code !== 'locked' && failure.code !== 'full') {
      // A connection that met a read-only or failing file does not always notice when that is over: a new one does.
      closeQuietly();
    }
  }

  function account(batch: WriteJob[], { refused, problems }: Outcome): void {
    const records = batch.filter((job) => requestOf(job) !== null).length;
    const refusedRecords = refused.flatMap(({ job }) => requestOf(job) ?? []);
    counts.written += records - refusedRecords.length;
    lose(refusedRecords);
    for (const { code, message } of problems) tell(code, message);
    for (const { job, error } of refused) {
      tell(error.code, error.message);
      if (job.type === 'request') lose(waiting.dropExchange(job.request.id));
    }
  }

  function tellRecovery(): void {
    const failing = [...told].filter((code) => !OVER_AT_ONCE.has(code));
    if (failing.length === 0) return;
    for (const code of failing) told.delete(code);
    const lost = counts.lost === 0 ? 'nothing was lost' : `${counts.lost} records were lost`;
    options.onProblem({ code: 'recovered', message: `Captured requests are stored again, ${lost}.` });
  }

  function publish(from: Store, batch: WriteJob[]): void {
    const touched = new Set(batch.map(requestOf).filter((id) => id !== null));
    if (touched.size === 0) return;
    let rows: RequestRow[];
    try {
      rows = from.rows([...touched]);
    } catch (error) {
      fail(error);
      return;
    }
    options.onCommitted(rows);
  }

  function closeQuietly(): void {
    try {
      store?.close();
    } catch (error) {
      const failure = storeError(error, store?.file ?? '');
      if (failure) tell(failure.code, failure.message);
    }
    store = null;
  }

  if (options.upkeep) scheduleUpkeep(options.upkeep, options.upkeep.firstAfterMs);

  return {
    push(job) {
      if (stopped || waiting.isOrphan(job)) {
        const request = requestOf(job);
        if (request !== null) lose([request]);
        return;
      }
      if (job.type === 'run_begun') begun = job;
      const dropped = waiting.push(job);
      lose(dropped);
      if (dropped.length > 0) tell('overflow', 'Too much waits for the database: captured requests are being dropped.');
      schedule(COLLECT_MS);
    },
    relieve() {
      // While it fails, its pauses are kept.
      while (waiting.length >= BATCH_JOBS && retryMs === FIRST_RETRY_MS && !stopped) attempt();
    },
    counts: () => ({ ...counts }),
    waiting: () => waiting.length,
    async drain(timeoutMs, hurry) {
      if (timer) clearTimeout(timer);
      if (upkeepTimer) clearTimeout(upkeepTimer);
      let failingSince = Date.now();
      while (waiting.length > 0 && !stopped) {
        const written = pass(writeBatch) ?? false;
        if (written) failingSince = Date.now();
        else if (Date.now() - failingSince >= timeoutMs) break;
        if (hurry?.aborted) break;
        // Also after a success: who hurries must be heard.
        await pause(written ? 0 : DRAIN_RETRY_MS);
      }
      stopped = true;
      if (waiting.length > 0 && lock) tell(lock.failure.code, lock.failure.message);
      lose(waiting.clear());
      pass(closeQuietly);
      return { ...counts };
    },
  };
}

interface Refused {
  job: WriteJob;
  error: StoreError;
}

interface Outcome {
  /** What the database refused; everything else of the batch is committed. */
  refused: Refused[];
  /** What the user must know of jobs that are done. */
  problems: StoreError[];
}

function commit(store: Store, batch: WriteJob[], onJob: WriteQueueOptions['onJob']): Outcome {
  return store.transaction(() => {
    const refused: Refused[] = [];
    const problems: StoreError[] = [];
    for (const job of batch) {
      onJob?.(job);
      try {
        const problem = applyJob(store, job);
        if (problem !== null) problems.push(problem);
      } catch (error) {
        if (!(error instanceof RejectedRecordError)) throw error;
        refused.push({ job, error });
      }
    }
    return { refused, problems };
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
