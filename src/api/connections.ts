import { openReader, openStore, type Reader, ReplacedFileError, type Store } from '../store/index.js';

export interface Connections {
  /** @throws StoreError */
  ask<Answer>(question: (reader: Reader) => Answer): Answer;
  /** The same, remembered under this name until anybody commits. */
  askOnce<Answer>(name: string, question: (reader: Reader) => Answer): Answer;
  /** @throws StoreError */
  write<Result>(work: (store: Store) => Result): Result;
  close(): void;
}

/** Passes what is done inside SQLite; null when nothing more may be done there (cli/threads/sqlite-gate.ts). */
export type Pass = <Result>(work: () => Result) => Result | null;

/** Answers that are remembered at a time: a dashboard or two. */
const MAX_REMEMBERED = 100;

/** While it waits for a writer of another process, the server answers nobody. */
const WAIT_MS = 1_000;

/**
 * The connections of a server to its database: made when somebody asks, and anew when its name leads to another file. So a
 * server outlives a database that cannot be opened yet, was deleted, or was repaired.
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
    // In a box: the work itself may give null.
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

/** The server is about to end. */
export class StoppingError extends Error {
  override readonly name = 'StoppingError';
  constructor() {
    super('The server is about to stop.');
  }
}
