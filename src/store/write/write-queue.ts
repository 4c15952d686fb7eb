import { setTimeout as delay } from 'node:timers/promises';
import { requestId } from '../../model/ids.js';
import type { McpConnectionId } from '../../model/mcp.js';
import type { RequestSummary } from '../../model/request.js';
import { RejectedRecordError, StoreError, storeError } from '../errors.js';
import type { Upkeep } from '../retention/upkeep.js';
import { applyJob, exchangeOf, isRecord, recordOf, type WriteJob } from './jobs.js';
import { countMcpLosses, type McpLosses } from './mcp-losses.js';
import { createProblemReports, type StoreProblem } from './problem-reports.js';
import type { Store } from './store.js';
import { WaitingJobs } from './waiting-jobs.js';

export type { WriteJob } from './jobs.js';
export type { StoreProblem } from './problem-reports.js';

export interface WriteQueueOptions {
  onProblem(problem: StoreProblem): void;
  onCommitted(commit: Commit): void;
  /** Exchanges and MCP records that were dropped or refused and will never be committed, by their ULIDs. */
  onLost?(records: readonly string[]): void;
  /** Called before each job: if writing never returns, this job is the cause. */
  onJob?(job: WriteJob): void;
  /** Memory for waiting records. */
  maxBytes?: number;
  /** A lock of another process is reported when it lasts longer. */
  lockPatienceMs?: number;
  /** Runs every call into SQLite; returns null when the call is not allowed any more. */
  pass?: <Result>(step: () => Result) => Result | null;
  /** Runs in steps while nothing waits to be written, until `drain` is called. */
  upkeep?: Upkeep;
}

/** What a commit touched. Commits of runs and incidents alone are not announced. */
export interface Commit {
  /** The requests, as every reader sees them now; empty when only MCP rows changed. */
  rows: RequestSummary[];
  /** The MCP records that are stored now, by their ULIDs. */
  mcpRecords: string[];
}

/** Records: requests and responses, counted separately, and jobs of MCP. */
export interface QueueCounts {
  written: number;
  lost: number;
}

export interface WriteQueue {
  /** Never throws or waits: writing happens in later turns of the event loop. */
  push(job: WriteJob): void;
  /** Writes all full batches now, so that a producer faster than the database waits here. */
  relieve(): void;
  counts(): QueueCounts;
  /** Number of records that wait to be written. */
  waiting(): number;
  /**
   * Writes what waits, then closes the store. The last call.
   * @param timeoutMs how long to keep trying while nothing can be written; what is left then is lost
   * @param hurry stops it, even while writing works
   */
  drain(timeoutMs: number, hurry?: AbortSignal): Promise<QueueCounts>;
}

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;

/** Jobs are collected for this long, so that a burst costs one transaction. */
const COLLECT_MS = 20;

/** Limits of one transaction, so that other processes get their turn. */
const BATCH_JOBS = 64;
const BATCH_BYTES = 8 * 1024 * 1024;

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;
const DRAIN_RETRY_MS = 50;

/** Upkeep waits this long when there are records to write. */
const UPKEEP_RETRY_MS = 500;

const LOCK_PATIENCE_MS = 5_000;

/**
 * Writes jobs in batches, and keeps them while the database cannot take them.
 *
 * After a transient failure (locked, full, read-only, cannot be opened) the queue tries again, with growing pauses. A failure
 * that needs a person (damaged, newer schema, no native binding) ends the writing. A record that the database refuses is left
 * out alone. What was written to a file that had lost its name is written again, to the file that has the name now.
 *
 * @param open opens the store; called again until it succeeds. It should wait for other processes only briefly, here and in
 *   its writes: the queue waits instead, so that its thread is never stuck when the process ends.
 */
export function createWriteQueue(open: () => Store, options: WriteQueueOptions): WriteQueue {
  const waiting = new WaitingJobs(options.maxBytes ?? DEFAULT_MAX_BYTES);
  const counts: QueueCounts = { written: 0, lost: 0 };
  const problems = createProblemReports(options.onProblem);
  let store: Store | null = null;
  let timer: NodeJS.Timeout | null = null;
  let upkeepTimer: NodeJS.Timeout | null = null;
  let retryMs = FIRST_RETRY_MS;
  const pass = options.pass ?? ((step) => step());
  const lockPatienceMs = options.lockPatienceMs ?? LOCK_PATIENCE_MS;
  /** The lock of another process: since when, and the last error; null without one. */
  let lock: { since: number; failure: StoreError } | null = null;
  let stopped = false;
  /** Not yet noted in the database. */
  const mcpLosses: McpLosses = new Map();
  /** Written with every batch: a database that replaced another does not have the run. */
  let begun: WriteJob | null = null;

  function lose(jobs: readonly WriteJob[]): void {
    const records = jobs.filter(isRecord);
    counts.lost += records.length;
    for (const job of jobs) if (job.type === 'mcp') countMcpLosses(mcpLosses, job.writes);
    const ids = records.flatMap((job) => recordOf(job) ?? []);
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

  /** @returns whether the batch was written */
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
    upkeepTimer.unref();
  }

  /** @returns false when the batch was not written and must be tried again later */
  function writeBatch(): boolean {
    const batch = waiting.first(BATCH_JOBS, BATCH_BYTES);
    if (batch.length === 0) return true;
    let outcome: Outcome;
    try {
      store ??= open();
      outcome = commit(store, begun === null ? batch : [begun, ...batch], mcpLosses, options.onJob);
      store.checkFile();
    } catch (error) {
      fail(error);
      return stopped;
    }
    lock = null;
    for (const connection of outcome.noted) mcpLosses.delete(connection);
    waiting.shift(batch.length);
    account(batch, outcome);
    problems.recovered(counts.lost);
    publish(store, batch);
    return true;
  }

  function fail(error: unknown): void {
    const failure = error instanceof StoreError ? error : new RejectedRecordError(error);
    if (failure.code === 'locked') lock = { since: lock?.since ?? Date.now(), failure };
    const bearable = failure.code === 'locked' && lock !== null && Date.now() - lock.since < lockPatienceMs;
    if (!bearable) problems.failed(failure);
    if (!failure.transient) {
      stopped = true;
      lose(waiting.clear());
    } else if (failure.code !== 'locked' && failure.code !== 'full') {
      // An open connection does not always notice that a read-only or failing file works again; a new one does.
      closeQuietly();
    }
  }

  function account(batch: WriteJob[], { refused, problems: ofDoneJobs }: Outcome): void {
    const refusedJobs = refused.map(({ job }) => job);
    counts.written += batch.filter(isRecord).length - refusedJobs.filter(isRecord).length;
    lose(refusedJobs);
    ofDoneJobs.forEach(problems.failed);
    for (const { job, error } of refused) {
      problems.failed(error);
      if (job.type === 'request') lose(waiting.dropExchange(job.request.correlationId));
    }
  }

  function publish(from: Store, batch: WriteJob[]): void {
    const touched = new Set(batch.map(exchangeOf).filter((exchange) => exchange !== null));
    const ofMcp = batch.filter((job) => job.type === 'mcp');
    if (touched.size === 0 && ofMcp.length === 0) return;
    let rows: RequestSummary[];
    try {
      rows = from.rows([...touched].map(requestId));
    } catch (error) {
      fail(error);
      return;
    }
    options.onCommitted({ rows, mcpRecords: ofMcp.flatMap(({ record }) => record ?? []) });
  }

  function closeQuietly(): void {
    try {
      store?.close();
    } catch (error) {
      const failure = storeError(error, store?.file ?? '');
      if (failure) problems.failed(failure);
    }
    store = null;
  }

  if (options.upkeep) scheduleUpkeep(options.upkeep, options.upkeep.firstAfterMs);

  return {
    push(job) {
      if (stopped || waiting.isOrphan(job)) {
        lose([job]);
        return;
      }
      if (job.type === 'run_begun') begun = job;
      const dropped = waiting.push(job);
      lose(dropped);
      if (dropped.length > 0) problems.overflowed();
      schedule(COLLECT_MS);
    },
    relieve() {
      // The pauses after a failure are kept.
      while (waiting.length >= BATCH_JOBS && retryMs === FIRST_RETRY_MS && !stopped) attempt();
    },
    counts: () => ({ ...counts }),
    waiting: () => waiting.length,
    async drain(timeoutMs, hurry) {
      if (timer) clearTimeout(timer);
      if (upkeepTimer) clearTimeout(upkeepTimer);
      let failingSince = Date.now();
      let seen: number | null = null;
      /** The database works as long as others write to it: our turn will come. */
      const othersWrote = (): boolean => {
        const before = seen;
        seen = pass(() => store?.dataVersion() ?? null);
        return before !== null && seen !== null && seen !== before;
      };
      while (waiting.length > 0 && !stopped) {
        const written = pass(writeBatch) ?? false;
        if (written || othersWrote()) failingSince = Date.now();
        else if (Date.now() - failingSince >= timeoutMs) break;
        if (hurry?.aborted) break;
        // Also after a success, so that `hurry` can be aborted in between.
        await delay(written ? 0 : DRAIN_RETRY_MS);
      }
      stopped = true;
      if (waiting.length > 0 && lock) problems.failed(lock.failure);
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
  /** Jobs that the database refused; everything else of the batch is committed. */
  refused: Refused[];
  /** Problems of jobs that are done: what the user must know. */
  problems: StoreError[];
  /** Connections whose losses are in the database now. */
  noted: McpConnectionId[];
}

function commit(store: Store, batch: WriteJob[], losses: McpLosses, onJob: WriteQueueOptions['onJob']): Outcome {
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
    return { refused, problems, noted: losses.size === 0 ? [] : store.saveMcpLosses(losses) };
  });
}
