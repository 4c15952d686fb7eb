import type { CapturedRequest, CapturedResponse } from '../../model/exchange.js';
import type { RequestId, RunId } from '../../model/ids.js';
import type { McpWrite } from '../../model/mcp-write.js';
import type { Measurements } from '../../model/measurement.js';
import type { SeenNovelties } from '../../model/novelty.js';
import type { ThreadAttribution } from '../../model/thread.js';
import { createBodyWriter } from '../bodies.js';
import { createContentWriter } from '../content/content-writer.js';
import { BUSY_TIMEOUT_MS, openDatabase, pragmaNumber } from '../database.js';
import { RejectedAttributionError, RejectedRecordError, storeError } from '../errors.js';
import { createFileCheck } from '../file-check.js';
import { pendingMigrations } from '../migrate.js';
import { createRetention } from '../retention/retention.js';
import { requestRows } from '../rows/requests.js';
import type { Database } from '../sqlite.js';
import { clearEmptyHours, createAggregates, settleSource } from './aggregates.js';
import { knownAnswers } from './known-answers.js';
import { type McpLosses, saveMcpLosses } from './mcp-losses.js';
import { forgetMeasurements, saveMeasurements, saveTokenCount, type TokenCount } from './measurements.js';
import { createNoveltyWriter } from './novelties.js';
import { createRatingWriter, type RatingWriter } from './ratings.js';
import { beginRun, endRun, type Incident, markInterrupted, type Run, saveIncident } from './runs.js';
import { createAttributionWriter } from './save-attribution.js';
import { createMcpWriter } from './save-mcp.js';
import { createRequestWriter } from './save-request.js';
import { type AnswerFacts, createAnswerWriter, createResponseWriter } from './save-response.js';
import { createTurnWriter } from './save-turn.js';
import { nameSession } from './session-names.js';
import { createTelemetryWriter } from './telemetry.js';
import { isImported, noteImported, type TranscriptFile } from './transcript-files.js';

/** The writing side of the database. */
export type Store = ReturnType<typeof createStore>;

/**
 * @param busyTimeoutMs how long to wait for other processes, from the first step on
 * @throws StoreError
 */
export function openStore(file: string, busyTimeoutMs = BUSY_TIMEOUT_MS): Store {
  return createStore(openDatabase(file, { readonly: false, busyTimeoutMs }));
}

/**
 * Every call is a transaction of its own, or part of the one around it. It waits up to the busy timeout for other processes, and
 * throws a StoreError when nothing was written: NewerSchemaError once a newer program has migrated the database.
 *
 * @param db a writable connection, owned by the store from now on
 */
export function createStore(db: Database) {
  // What a transaction inside another would restore: in a file, it would be a third of all bytes that are written.
  db.pragma('temp_store = MEMORY');
  const file = db.name;
  const content = createContentWriter(db);
  const aggregates = createAggregates(db);
  const saveBody = createBodyWriter(db, content);
  const turns = createTurnWriter(db);
  const saveRequest = createRequestWriter(db, content, saveBody, aggregates, turns);
  const saveAttribution = createAttributionWriter(db, content);
  const replaceAnswer = createAnswerWriter(db);
  const saveResponse = createResponseWriter(db, content, saveBody, aggregates);
  const saveMcp = createMcpWriter(db, content);
  const saveNovelties = createNoveltyWriter(db);

  const ratingWriter = createRatingWriter(db, aggregates);
  const checkFile = createFileCheck(db);
  let schemaVersion = pragmaNumber(db, 'user_version');

  const findAnswered = db
    .prepare<[string], number>(
      'SELECT r.n FROM captured_requests r JOIN captured_responses p ON p.request = r.n WHERE r.id = ?',
    )
    .pluck();

  function attribute(request: number, attribution: ThreadAttribution | null): void {
    if (attribution !== null) saveAttribution(request, attribution);
    turns.settle(request, attribution);
  }

  function saveAnswer(
    response: CapturedResponse,
    attribution: ThreadAttribution | null,
  ): RejectedAttributionError | null {
    let refused: RejectedAttributionError | null = null;
    saveResponse(response, (request) => {
      try {
        transaction(() => attribute(request, attribution));
      } catch (error) {
        if (!(error instanceof RejectedRecordError)) throw error;
        refused = new RejectedAttributionError(error.cause);
        turns.settle(request, null);
      }
    });
    return refused;
  }

  function replaceAttribution(id: RequestId, attribution: ThreadAttribution, answer?: AnswerFacts): boolean {
    const request = findAnswered.get(id);
    if (request === undefined) return false;
    aggregates.recount(request, () => {
      if (answer !== undefined) replaceAnswer(request, answer);
      attribute(request, attribution);
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

  function ask<Answer>(question: () => Answer): Answer {
    try {
      return question();
    } catch (error) {
      throw storeError(error, file) ?? error;
    }
  }

  const ratings: RatingWriter = {
    add: (...args) => transaction(() => ratingWriter.add(...args)),
    change: (...args) => transaction(() => ratingWriter.change(...args)),
    current: (given) => ask(() => ratingWriter.current(given)),
    set: (...args) => transaction(() => ratingWriter.set(...args)),
    remove: (...args) => transaction(() => ratingWriter.remove(...args)),
  };

  return {
    file,
    beginRun: (run: Run) => transaction(() => beginRun(db, run)),
    /** @param at unix ms */
    endRun: (id: RunId, at = Date.now()) => transaction(() => endRun(db, id, at)),
    saveRequest: (request: CapturedRequest) => transaction(() => saveRequest(request)),
    /**
     * Saves the response with its attribution. A repeated write changes nothing.
     * @returns why the attribution was refused, and the response stored without it; null when all is stored
     */
    saveResponse: (response: CapturedResponse, attribution: ThreadAttribution | null) =>
      transaction(() => saveAnswer(response, attribution)),
    /** Counts messages of MCP that are lost. @returns the connections that are stored, and have them now */
    saveMcpLosses: (losses: McpLosses) => transaction(() => saveMcpLosses(db, losses)),
    /** Steps of MCP recording, in order. A repeated write changes nothing. */
    saveMcp: (writes: readonly McpWrite[]) => transaction(() => saveMcp(writes)),
    /**
     * Replaces the attribution of a stored exchange.
     * @param answer the facts of its response, where they were read again
     * @returns false when the exchange is no longer stored
     */
    replaceAttribution: (id: RequestId, attribution: ThreadAttribution, answer?: AnswerFacts) =>
      transaction(() => replaceAttribution(id, attribution, answer)),
    /** Call it after replacing attributions: tidies up sources that lost uses, each in its own transaction. */
    settleSources() {
      transaction(() => clearEmptyHours(db));
      for (const source of aggregates.takeLosers()) transaction(() => settleSource(db, source));
    },
    /** Which of these ids of the API belong to an answer that is stored, or was until retention removed it. */
    knownAnswers: (ids: readonly string[]) => ask(() => knownAnswers(db, ids)),
    /** Whether a transcript was imported, and is now as it was then. */
    isImported: (file: TranscriptFile) => ask(() => isImported(db, file)),
    noteImported: (file: TranscriptFile) => transaction(() => noteImported(db, file)),
    /** Saves an answer of `count_tokens`, and the tokens of the pieces that it completes. */
    saveTokenCount: (count: TokenCount, found: Measurements) => transaction(() => saveTokenCount(db, count, found)),
    saveMeasurements: (model: string, found: Measurements) => transaction(() => saveMeasurements(db, model, found)),
    /** Removes all answers of `count_tokens`. @returns the number of measured pieces */
    forgetMeasurements: () => transaction(() => forgetMeasurements(db)),
    saveIncident: (incident: Incident) => transaction(() => saveIncident(db, incident)),
    /** Counts the novelties of a request of Claude Code. */
    saveNovelties: (seen: SeenNovelties) => transaction(() => saveNovelties(seen)),
    ratings,
    /**
     * Names a session, or removes its name. @returns its id
     * @throws NotFoundError, AmbiguousIdError, InvalidSessionNameError, SessionNameTakenError
     */
    nameSession: (given: string, name: string | null) => transaction(() => nameSession(db, given, name)),
    /** Marks the requests that dead processes left open. @returns how many */
    markInterrupted: () => transaction(() => markInterrupted(db, aggregates)),
    telemetry: createTelemetryWriter(db, transaction),
    retention: createRetention(db, transaction, ask),
    /** Rows as every reader sees them now. */
    rows: (ids: readonly string[]) => ask(() => requestRows(db, ids)),
    /** All or nothing; a nested call that throws is rolled back alone and may be caught. */
    transaction,
    /** @throws ReplacedFileError when the file has lost its name, so that others cannot read what is written */
    checkFile,
    /** Changes when another connection has committed. */
    dataVersion: () => ask(() => pragmaNumber(db, 'data_version')),
    /** How long to wait for other processes, ms. */
    setBusyTimeout: (ms: number) => void db.pragma(`busy_timeout = ${Math.max(0, Math.round(ms))}`),
    /** Moves the write-ahead log into the file, as far as readers allow, and closes. */
    close() {
      // Closing the last connection checkpoints by itself; this is for when others stay open.
      if (db.open) {
        try {
          db.pragma('wal_checkpoint(PASSIVE)');
        } catch (error) {
          // If the disk is full, changes stay in the log, where readers find them.
          if (storeError(error, file)?.transient !== true) throw error;
        } finally {
          db.close();
        }
      }
    },
  };
}
