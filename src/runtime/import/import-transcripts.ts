import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { codeOf } from '../../base/error-text.js';
import { type BadLine, createTranscriptReader, type FoundAnswer } from '../../capture/index.js';
import type { Attributor } from '../../history/attributor.js';
import type { CapturedRequest, CapturedResponse } from '../../model/exchange.js';
import { newRunId, type RunId } from '../../model/ids.js';
import type { ThreadAttribution } from '../../model/thread.js';
import { RejectedRecordError, type Store, StoreError, type TranscriptFile } from '../../store/index.js';

/** What an import has done so far. */
export interface Imported {
  /** Files that were read to their end. */
  files: number;
  /** Files that have not changed since an earlier import. */
  unchanged: number;
  requests: number;
  sessions: number;
  /** Answers in these files that were stored before: captured, imported, or repeated by a resumed session. */
  known: number;
  /** Billed. */
  inputTokens: number;
  outputTokens: number;
  /** US dollars, of the requests whose price is known. */
  costUsd: number;
  unpriced: number;
  /** Requests of which only the conversation was recorded. */
  unrecorded: number;
  /** Files whose last answer is left for the next import: more of it may be written. */
  growing: number;
  /** Answers that the database refused. */
  refused: number;
  badLines: number;
  /** The first bad lines. */
  named: (BadLine & { file: string })[];
  /** Files that could not be read, and why. */
  unreadable: { file: string; error: unknown }[];
  /** Bytes of all files that were read or skipped. */
  bytes: number;
}

export interface ImportOptions {
  store: Store;
  attributor: Attributor;
  redactor: Parameters<typeof createTranscriptReader>[1];
  /** Version of claude-trace. */
  version: string;
  /** Where the import was started: for transcripts that name no folder. */
  cwd: string;
  /** Called before the first answer of a session that was partly stored before. */
  onResumed(sessionId: string): void;
  onProgress(imported: Imported): void;
  /** Ends the import at the next commit. */
  signal: AbortSignal;
}

/** Limits of one transaction: answers, and bytes of their bodies. */
const BATCH = 32;
const BATCH_BYTES = 8 * 1024 * 1024;
/** Claude Code stops waiting for an answer sooner (API_TIMEOUT_MS). */
const MAX_ANSWER_MS = 15 * 60_000;
const CHUNK_BYTES = 256 * 1024;
const MAX_NAMED = 20;
const MAX_FOLDERS = 10_000;

/**
 * Reads transcripts one after another and stores each answer that is not stored yet. What is committed stays when the import
 * ends early; the next one continues. A file is read again when it has changed.
 *
 * @throws StoreError
 */
export async function importTranscripts(files: readonly TranscriptFile[], options: ImportOptions): Promise<Imported> {
  const { store, attributor, redactor, signal } = options;
  const sessions = new Set<string>();
  const result: Imported = {
    files: 0,
    unchanged: 0,
    requests: 0,
    sessions: 0,
    known: 0,
    inputTokens: 0,
    outputTokens: 0,
    costUsd: 0,
    unpriced: 0,
    unrecorded: 0,
    growing: 0,
    refused: 0,
    badLines: 0,
    named: [],
    unreadable: [],
    bytes: 0,
  };
  const runs = createRuns(options);

  function count({ request, attribution }: ReadExchange): void {
    result.requests += 1;
    if (request.sessionId !== null) sessions.add(request.sessionId);
    result.sessions = sessions.size;
    const { inputCostUsd, outputCostUsd } = attribution ?? { inputCostUsd: null, outputCostUsd: null };
    if (attribution?.thread.unrecorded) result.unrecorded += 1;
    result.inputTokens += attribution?.inputTokens ?? 0;
    result.outputTokens += attribution?.output.tokens ?? 0;
    if (inputCostUsd === null && outputCostUsd === null) result.unpriced += 1;
    else result.costUsd += (inputCostUsd ?? 0) + (outputCostUsd ?? 0);
  }

  /** @returns whether it is stored now, and was not before */
  function save({ ids, request, response, attribution }: ReadExchange): boolean {
    // It may have been captured in the meantime.
    if (store.knownAnswers(ids).size > 0) return false;
    store.saveRequest(request);
    store.saveResponse(response, attribution);
    return true;
  }

  function saveAll(exchanges: readonly ReadExchange[]): void {
    const saved = store.transaction(() =>
      exchanges.filter((exchange) => {
        try {
          return store.transaction(() => save(exchange));
        } catch (error) {
          if (!(error instanceof RejectedRecordError)) throw error;
          result.refused += 1;
          return false;
        }
      }),
    );
    for (const exchange of saved) count(exchange);
  }

  async function importFile(file: TranscriptFile): Promise<void> {
    // As it is: a folder's name that looks like a secret would be replaced in all texts as well.
    const reader = createTranscriptReader(pathToFileURL(file.path).href, redactor, (line) => {
      result.badLines += 1;
      if (result.named.length < MAX_NAMED) result.named.push({ ...line, file: file.path });
    });
    let run: RunId | null = null;
    let waiting: ReadExchange[] = [];
    let bytes = 0;

    function flush(): void {
      if (waiting.length > 0) saveAll(waiting);
      waiting = [];
      bytes = 0;
    }

    function take(answers: readonly FoundAnswer[]): void {
      const known = store.knownAnswers(answers.flatMap(({ ids }) => ids));
      for (const { ids, sessionId, cwd, exchange } of answers) {
        if (ids.some((id) => known.has(id))) {
          result.known += 1;
          if (sessionId !== null) options.onResumed(sessionId);
          continue;
        }
        // Not the id of the request: a gateway may give all of them the same.
        for (const id of ids.slice(0, 1)) known.add(id);
        run ??= runs.of(cwd);
        const { request, response, json } = exchange();
        const ofRun = { ...request, runId: run };
        waiting.push({ ids, request: ofRun, response, attribution: attributor.attribute(ofRun, response, json) });
        bytes += request.body.size + response.body.size;
        if (waiting.length >= BATCH || bytes >= BATCH_BYTES) flush();
      }
    }

    const before = result.bytes;
    for await (const chunk of createReadStream(file.path, { highWaterMark: CHUNK_BYTES })) {
      take(reader.push(chunk));
      result.bytes += chunk.length;
      options.onProgress(result);
      if (signal.aborted) break;
    }
    if (signal.aborted) return flush();
    const rest = reader.end();
    // The session may have been resumed, or removed, since the files were listed.
    const { mtimeMs } = await stat(file.path).catch(() => ({ mtimeMs: file.modified }));
    const mayGrow = Date.now() - mtimeMs < MAX_ANSWER_MS;
    take(rest.filter(({ growing }) => !(growing && mayGrow)));
    flush();
    if (mayGrow && rest.some(({ growing }) => growing)) result.growing += 1;
    else store.noteImported(file);
    result.bytes = before + file.size;
    result.files += 1;
  }

  try {
    for (const file of files) {
      if (signal.aborted) break;
      if (store.isImported(file)) {
        result.unchanged += 1;
        result.bytes += file.size;
      } else {
        await importFile(file).catch((error: unknown) => {
          if (error instanceof StoreError || codeOf(error) === null) throw error;
          result.unreadable.push({ file: file.path, error });
        });
      }
      options.onProgress(result);
    }
  } finally {
    runs.end();
  }
  return result;
}

interface ReadExchange {
  /** Ids that the API gave to the answer. */
  ids: readonly string[];
  request: CapturedRequest;
  response: CapturedResponse;
  attribution: ThreadAttribution | null;
}

/** A run for each folder in which sessions were started, since a session takes its folder from its run. */
function createRuns({ store, version, cwd: ownCwd }: ImportOptions) {
  const runs = new Map<string, RunId>();
  return {
    of(cwd: string | null): RunId {
      const folder = cwd === null || runs.size >= MAX_FOLDERS ? ownCwd : cwd;
      const known = runs.get(folder);
      if (known !== undefined) return known;
      const id = newRunId();
      store.beginRun({ id, pid: process.pid, startedAt: Date.now(), command: 'import', cwd: folder, version });
      runs.set(folder, id);
      return id;
    },
    end(): void {
      for (const id of runs.values()) store.endRun(id);
    },
  };
}
