import type { CapturedRequest, CapturedResponse } from '../../model/exchange.js';
import type { RequestId, RunId } from '../../model/ids.js';
import type { ThreadAttribution } from '../../model/thread.js';
import { createBodyWriter } from '../bodies.js';
import { createContentWriter } from '../content/content-writer.js';
import { BUSY_TIMEOUT_MS, openDatabase, pragmaNumber } from '../database.js';
import { RejectedAttributionError, RejectedRecordError, storeError } from '../errors.js';
import { createFileCheck } from '../file-check.js';
import { pendingMigrations } from '../migrate.js';
import { createRetention, type Retention } from '../retention/retention.js';
import { requestRows } from '../rows/requests.js';
import type { RequestRow } from '../rows/rows.js';
import type { Database } from '../sqlite.js';
import { clearEmptyHours, createAggregates, settleSource } from './aggregates.js';
import { createRatingWriter, type RatingWriter } from './ratings.js';
import { beginRun, endRun, type Incident, markInterrupted, type Run, saveIncident } from './runs.js';
import { createAttributionWriter } from './save-attribution.js';
import { createRequestWriter } from './save-request.js';
import { type AnswerFacts, createAnswerWriter, createResponseWriter } from './save-response.js';

/**
 * The writing side of the database. Every call is a transaction of its own, or part of the one around it; each waits up to
 * the busy timeout for other processes, and throws a StoreError when nothing was written: NewerSchemaError once a newer
 * program has brought the database up to date.
 */
export interface Store {
  readonly file: string;
  beginRun(run: Run): void;
  /** @param at unix ms, now unless given. */
  endRun(id: RunId, at?: number): void;
  saveRequest(request: CapturedRequest): void;
  /**
   * With what attribution says about it. A repeated write changes nothing.
   * @returns why the attribution was refused: the response is stored without it; null when all is stored.
   */
  saveResponse(response: CapturedResponse, attribution: ThreadAttribution | null): RejectedAttributionError | null;
  /**
   * In place of what an earlier attribution said.
   * @param answer what its response says, where that was read again
   * @returns false when the exchange is not stored any more.
   */
  replaceAttribution(id: RequestId, attribution: ThreadAttribution, answer?: AnswerFacts): boolean;
  /** To be called after attributions were replaced: tidies up sources that lost uses, each in a transaction of its own. */
  settleSources(): void;
  saveIncident(incident: Incident): void;
  /** Each call a transaction, as everything here. */
  readonly ratings: RatingWriter;
  /** Marks what dead processes left open. @returns how many. */
  markInterrupted(): number;
  readonly retention: Retention;
  /** Rows as every reader sees them now. */
  rows(ids: readonly string[]): RequestRow[];
  /** All or nothing; a nested call that throws is undone alone, and may be caught. */
  transaction<Result>(work: () => Result): Result;
  /** Others find what was written. @throws ReplacedFileError when they do not, since the file has lost its name */
  checkFile(): void;
  /** Changes when another connection has committed. */
  dataVersion(): number;
  /** How long to wait for other processes, ms. */
  setBusyTimeout(ms: number): void;
  /** Moves the write-ahead log into the file, as far as readers allow, and closes. */
  close(): void;
}

/**
 * @param busyTimeoutMs how long to wait for other processes, from the first step on
 * @throws StoreError
 */
export function openStore(file: string, busyTimeoutMs = BUSY_TIMEOUT_MS): Store {
  return createStore(openDatabase(file, { readonly: false, busyTimeoutMs }));
}

/** @param db a writable connection, owned by the store from now on. */
export function createStore(db: Database): Store {
  const file = db.name;
  const content = createContentWriter(db);
  const aggregates = createAggregates(db);
  const saveBody = createBodyWriter(db, content);
  const saveRequest = createRequestWriter(db, content, saveBody, aggregates);
  const saveAttribution = createAttributionWriter(db, content);
  const replaceAnswer = createAnswerWriter(db);
  const saveResponse = createResponseWriter(db, content, saveBody, aggregates);

  const ratings = createRatingWriter(db, aggregates);

  const checkFile = createFileCheck(db);
  let schemaVersion = pragmaNumber(db, 'user_version');

  const findAnswered = db
    .prepare<[string], number>(
      'SELECT r.n FROM captured_requests r JOIN captured_responses p ON p.request = r.n WHERE r.id = ?',
    )
    .pluck();

  function saveAnswer(
    response: CapturedResponse,
    attribution: ThreadAttribution | null,
  ): RejectedAttributionError | null {
    let refused: RejectedAttributionError | null = null;
    saveResponse(response, (request) => {
      if (attribution === null) return;
      try {
        transaction(() => saveAttribution(request, attribution));
      } catch (error) {
        if (!(error instanceof RejectedRecordError)) throw error;
        refused = new RejectedAttributionError(error.cause);
      }
    });
    return refused;
  }

  function replaceAttribution(id: RequestId, attribution: ThreadAttribution, answer?: AnswerFacts): boolean {
    const request = findAnswered.get(id);
    if (request === undefined) return false;
    aggregates.recount(request, () => {
      if (answer !== undefined) replaceAnswer(request, answer);
      saveAttribution(request, attribution);
    });
    return true;
  }

  function transaction<Result>(work: () => Result): Result {
    const outermost = !db.inTransaction;
    try {
      return db
        .transaction(() => {
          if (outermost) {
            checkSchema();
            content.refresh();
          }
          return work();
        })
        .immediate();
    } catch (error) {
      content.forget();
      throw storeError(error, file) ?? new RejectedRecordError(error);
    }
  }

  function checkSchema(): void {
    const current = pragmaNumber(db, 'user_version');
    if (current !== schemaVersion) pendingMigrations(db, file);
    schemaVersion = current;
  }

  /** Our errors for SQLite's. */
  function ask<Answer>(question: () => Answer): Answer {
    try {
      return question();
    } catch (error) {
      throw storeError(error, file) ?? error;
    }
  }

  return {
    file,
    beginRun: (run) => transaction(() => beginRun(db, run)),
    endRun: (id, at = Date.now()) => transaction(() => endRun(db, id, at)),
    saveRequest: (request) => transaction(() => saveRequest(request)),
    saveResponse: (...args) => transaction(() => saveAnswer(...args)),
    replaceAttribution: (...args) => transaction(() => replaceAttribution(...args)),
    settleSources() {
      transaction(() => clearEmptyHours(db));
      for (const source of aggregates.takeLosers()) transaction(() => settleSource(db, source));
    },
    saveIncident: (incident) => transaction(() => saveIncident(db, incident)),
    ratings: {
      add: (...args) => transaction(() => ratings.add(...args)),
      change: (...args) => transaction(() => ratings.change(...args)),
      current: (given) => ask(() => ratings.current(given)),
      set: (...args) => transaction(() => ratings.set(...args)),
      remove: (...args) => transaction(() => ratings.remove(...args)),
    },
    markInterrupted: () => transaction(() => markInterrupted(db, aggregates)),
    retention: createRetention(db, transaction, ask),
    rows: (ids) => ask(() => requestRows(db, ids)),
    transaction,
    checkFile,
    dataVersion: () => ask(() => pragmaNumber(db, 'data_version')),
    setBusyTimeout: (ms) => void db.pragma(`busy_timeout = ${Math.max(0, Math.round(ms))}`),
    close() {
      // Closing the last connection checkpoints by itself; this also serves when others stay open.
      if (db.open) {
        try {
          db.pragma('wal_checkpoint(PASSIVE)');
        } finally {
          db.close();
        }
      }
    },
  };
}
