import type { CapturedRequest, CapturedResponse } from '../model/exchange.js';
import type { RequestId, RunId } from '../model/ids.js';
import type { ThreadAttribution } from '../model/thread.js';
import { createBodyWriter } from './bodies.js';
import { createContentWriter } from './content/content-writer.js';
import { BUSY_TIMEOUT_MS, type Database, openDatabase } from './database.js';
import { RejectedAttributionError, RejectedRecordError, storeError } from './errors.js';
import { requestRows } from './requests.js';
import type { RequestRow } from './rows.js';
import { beginRun, endRun, type Incident, markInterrupted, type Run, saveIncident } from './runs.js';
import { createAttributionWriter } from './save-attribution.js';
import { createRequestWriter } from './save-request.js';
import { createResponseWriter } from './save-response.js';
import { settleSources } from './shares.js';

/**
 * The writing side of the database. Every call is a transaction of its own, or part of the one around it; each waits up to
 * the busy timeout for other processes, and throws a StoreError when nothing was written.
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
  /** In place of what an earlier attribution said. @returns false when the exchange is not stored any more. */
  replaceAttribution(id: RequestId, attribution: ThreadAttribution): boolean;
  /** To be called after attributions were replaced: tidies up sources that lost uses. */
  settleSources(): void;
  saveIncident(incident: Incident): void;
  /** Marks what dead processes left open. @returns how many. */
  markInterrupted(): number;
  /** Rows as every reader sees them now. */
  rows(ids: readonly string[]): RequestRow[];
  /** All or nothing; a nested call that throws is undone alone, and may be caught. */
  transaction<Result>(work: () => Result): Result;
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
  const saveBody = createBodyWriter(db, content);
  const saveRequest = createRequestWriter(db, content, saveBody);
  const saveAttribution = createAttributionWriter(db, content);
  const saveResponse = createResponseWriter(db, content, saveBody);

  const findAnswered = db.prepare<[string], { n: number; initiated: number }>(
    'SELECT r.n, r.initiated FROM captured_requests r JOIN captured_responses p ON p.request = r.n WHERE r.id = ?',
  );

  function saveAnswer(
    response: CapturedResponse,
    attribution: ThreadAttribution | null,
  ): RejectedAttributionError | null {
    const request = saveResponse(response);
    if (request === null || attribution === null) return null;
    try {
      transaction(() => saveAttribution(request.n, request.initiated, attribution));
      return null;
    } catch (error) {
      if (error instanceof RejectedRecordError) return new RejectedAttributionError(error.cause);
      throw error;
    }
  }

  function replaceAttribution(id: RequestId, attribution: ThreadAttribution): boolean {
    const request = findAnswered.get(id);
    if (request !== undefined) saveAttribution(request.n, request.initiated, attribution);
    return request !== undefined;
  }

  function transaction<Result>(work: () => Result): Result {
    const outermost = !db.inTransaction;
    try {
      return db
        .transaction(() => {
          if (outermost) content.refresh();
          return work();
        })
        .immediate();
    } catch (error) {
      content.forget();
      throw storeError(error, file) ?? new RejectedRecordError(error);
    }
  }

  return {
    file,
    beginRun: (run) => transaction(() => beginRun(db, run)),
    endRun: (id, at = Date.now()) => transaction(() => endRun(db, id, at)),
    saveRequest: (request) => transaction(() => saveRequest(request)),
    saveResponse: (...args) => transaction(() => saveAnswer(...args)),
    replaceAttribution: (id, attribution) => transaction(() => replaceAttribution(id, attribution)),
    settleSources: () => transaction(() => settleSources(db)),
    saveIncident: (incident) => transaction(() => saveIncident(db, incident)),
    markInterrupted: () => transaction(() => markInterrupted(db)),
    rows(ids) {
      try {
        return requestRows(db, ids);
      } catch (error) {
        throw storeError(error, file) ?? error;
      }
    },
    transaction,
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
