import type { RequestId } from '../model/ids.js';
import { readBody, type Side } from './bodies.js';
import { createContentReader } from './content/content-reader.js';
import { BUSY_TIMEOUT_MS, openDatabase } from './database.js';
import { requestDetail, requestShares } from './detail.js';
import { storeError } from './errors.js';
import type { Page, RequestFilter } from './filter.js';
import { findRequest } from './find.js';
import { planReplay, type ReplayFilter, type ReplayPlan, readExchange, type StoredExchange } from './replay.js';
import { queryRequests } from './requests.js';
import type { RequestDetail, RequestRow, SessionRow, ShareRow } from './rows.js';
import { listSessions } from './sessions.js';
import { readSourceUses, type SourceUseFilter, type SourceUses } from './source-uses.js';
import { readStatus, type StoreStatus } from './status.js';
import { threadEnds } from './thread-ends.js';

/**
 * The reading side of the database: what every interface asks. `id` is a request id, a response id, a correlation id, the
 * beginning of one of them, or `last`; NotFoundError and AmbiguousIdError say what is wrong with it.
 */
export interface Reader {
  readonly file: string;
  /** Newest first; `total` counts all matches. 20 rows from the start unless `page` says otherwise. */
  query(filter?: RequestFilter, page?: Partial<Page>): { rows: RequestRow[]; total: number };
  request(id: string): RequestDetail;
  /** Proven by the stored hash. @throws DamagedContentError */
  requestBody(id: string): Uint8Array;
  /** Null when no response is stored. @throws DamagedContentError */
  responseBody(id: string): Uint8Array | null;
  shares(id: string): ShareRow[];
  /** What each source cost over a period or a session, and what was used of it. */
  sourceUses(filter: SourceUseFilter): SourceUses;
  /** What to attribute again, and in which order. */
  replay(filter: ReplayFilter): ReplayPlan;
  /** Null when retention has freed it. @throws DamagedContentError */
  exchange(id: string): StoredExchange | null;
  /** Where the conversations of a session stood, as far as `version` of the engine attributed them; the last used last. */
  threadEnds(sessionId: string, version: number, limit: number): RequestId[];
  /** The last seen first. */
  sessions(page?: Partial<Page>): { rows: SessionRow[]; total: number };
  status(): StoreStatus;
  close(): void;
}

const FIRST_PAGE: Page = { limit: 20, offset: 0 };

/**
 * @param busyTimeoutMs how long to wait for other processes, from the first step on
 * @throws NothingCapturedError when there is no database yet; StoreError
 */
export function openReader(file: string, busyTimeoutMs = BUSY_TIMEOUT_MS): Reader {
  const db = openDatabase(file, { readonly: true, busyTimeoutMs });
  const content = createContentReader(db);

  /** One snapshot for all that one question needs, and our errors for SQLite's. */
  function ask<Answer>(question: () => Answer): Answer {
    try {
      return db.transaction(question)();
    } catch (error) {
      throw storeError(error, file) ?? error;
    }
  }
  const body = (id: string, side: Side) => ask(() => readBody(db, content, findRequest(db, id).n, side));

  return {
    file,
    query: (filter = {}, page = {}) => ask(() => queryRequests(db, filter, { ...FIRST_PAGE, ...page })),
    request: (id) => ask(() => requestDetail(db, content, findRequest(db, id))),
    requestBody: (id) => body(id, 'request') ?? new Uint8Array(),
    responseBody: (id) => body(id, 'response'),
    shares: (id) => ask(() => requestShares(db, findRequest(db, id))),
    sourceUses: (filter) => ask(() => readSourceUses(db, filter)),
    replay: (filter) => ask(() => planReplay(db, filter)),
    exchange: (id) => ask(() => readExchange(db, content, id)),
    threadEnds: (...args) => ask(() => threadEnds(db, ...args)),
    sessions: (page = {}) => ask(() => listSessions(db, { ...FIRST_PAGE, ...page })),
    status: () => ask(() => readStatus(db, file)),
    close: () => void db.close(),
  };
}
