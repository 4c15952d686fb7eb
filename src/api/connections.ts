import { openReader, openStore, type Reader, ReplacedFileError, type Store } from '../store/index.js';

export interface Connections {
  /** @throws StoreError */
  ask<Answer>(question: (reader: Reader) => Answer): Answer;
  /** Asks, and caches the answer under this name until the next commit of any process. */
  askOnce<Answer>(name: string, question: (reader: Reader) => Answer): Answer;
  /** @throws StoreError */
  write<Result>(work: (store: Store) => Result): Result;
  close(): void;
}

/** Runs work inside SQLite; null when nothing may run there any more (runtime/threads/sqlite-gate.ts). */
export type Pass = <Result>(work: () => Result) => Result | null;

/** Cached answers: enough for one or two dashboards. */
const MAX_REMEMBERED = 100;

/** While it waits for a writer of another process, the server cannot answer. */
const WAIT_MS = 1_000;

/**
 * The connections of a server to its database, opened on the first request, and again when another file has its name. So a
 * server survives a database that cannot be opened yet, was deleted, or was repaired.
 */
export function createConnections(file: string, pass: Pass = (work) => work()): Connections {
  let open: { reader: Reader; store: Store } | null = null;
  let version = 0;
  const remembered = new Map<string, unknown>();

  function connect(): { reader: Reader; store: Store } {
    const store = openStore(file, WAIT_MS);
    try {
      return { reader: openReader(file, WAIT_MS), store };
    } catch (error) {
      store.close();
      throw error;
    }
  }

  function disconnect(): void {
    remembered.clear();
    open?.reader.close();
    open?.store.close();
    open = null;
  }

  function current(): { reader: Reader; store: Store } {
    try {
      open?.store.checkFile();
    } catch (error) {
      if (!(error instanceof ReplacedFileError)) throw error;
      disconnect();
    }
    open ??= connect();
    return open;
  }

  function passing<Result>(work: (connections: { reader: Reader; store: Store }) => Result): Result {
    // Wrapped, since the work itself may return null.
    const result = pass(() => ({ value: work(current()) }));
    if (result === null) throw new StoppingError();
    return result.value;
  }

  return {
    ask: (question) => passing(({ reader }) => question(reader)),
    askOnce: <Answer>(name: string, question: (reader: Reader) => Answer) =>
      passing(({ reader }) => {
        const now = reader.version();
        if (now !== version || remembered.size >= MAX_REMEMBERED) remembered.clear();
        version = now;
        if (!remembered.has(name)) remembered.set(name, question(reader));
        return remembered.get(name) as Answer;
      }),
    write: (work) => passing(({ store }) => work(store)),
    close: () => void pass(disconnect),
  };
}

/** The server is about to stop. */
export class StoppingError extends Error {
  override readonly name = 'StoppingError';
  constructor() {
    super('The server is about to stop.');
  }
}
