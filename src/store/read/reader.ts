import type { RequestId } from '../../model/ids.js';
import { readBody, type Side } from '../bodies.js';
import { createContentReader } from '../content/content-reader.js';
import { BUSY_TIMEOUT_MS, openDatabase, openMemory, pragmaNumber } from '../database.js';
import { NothingCapturedError, storeError } from '../errors.js';
import { findAnswer, findRequest, findSession } from '../find.js';
import { migrate } from '../migrate.js';
import { countEnded, type EndedCounts } from '../retention/ended-requests.js';
import { type PruningPlan, planPruning } from '../retention/plan.js';
import type { RetentionLimits } from '../retention/pruning.js';
import type { RatingRow, RequestDetail, RequestRow, SessionRow, ShareRow } from '../rows.js';
import { countUnsearchable } from '../search/text-index.js';
import type { Database } from '../sqlite.js';
import { type Change, changesAfter, keptChanges } from '../write/changes.js';
import { listRatings, type RatingFilter, ratingOf } from '../write/ratings.js';
import { type CacheMissGroup, groupCacheMisses } from './cache-misses.js';
import { requestDetail, requestShares } from './detail.js';
import { type Extent, readExtent } from './extent.js';
import type { Page, RequestFilter } from './filter.js';
import { type Follow, followRequests } from './follow.js';
import type { Period } from './hours.js';
import { countShares, listShares, readSourceTimes, type ShareFilter, type SourceTimes } from './list-shares.js';
import { countRequests, queryRequests, type RequestPage, type RequestSort } from './query.js';
import { planReplay, type ReplayFilter, type ReplayPlan, readExchange, type StoredExchange } from './replay.js';
import { requestRows } from './requests.js';
import { listSessions, readSession, type SessionFilter } from './sessions.js';
import { readSourceUses, type SourceUseFilter, type SourceUses } from './source-uses.js';
import { readStats, type Stats, type StatsFilter, type StatsOptions } from './stats.js';
import { readStatus, type StoreStatus } from './status.js';
import { threadEnds } from './thread-ends.js';
import { readUnmatched, type UnmatchedInput } from './unmatched.js';
import { countRequestsAfter, type Stretch, sumBodiesAfter, walkRequests } from './walk.js';

/**
 * The reading side of the database: what every interface asks. `id` is a request id, a response id, a correlation id, the
 * beginning of one of them, the id of its rating, or `last`; NotFoundError and AmbiguousIdError say what is wrong with it.
 */
export interface Reader {
  readonly file: string;
  /** A page of requests: the newest first, 20 rows from the start unless `page` says otherwise. */
  page(filter?: RequestFilter, page?: Partial<RequestPage>): RequestRow[];
  /** The same, with how many match in all. */
  query(filter?: RequestFilter, page?: Partial<RequestPage>): { rows: RequestRow[]; total: number };
  /** How many match; those without the figure to sort by left out. */
  count(filter?: RequestFilter, sort?: RequestSort): number;
  /** Oldest first, a stretch at a time: a snapshot each, so that a long walk holds nobody up. */
  walk(filter: RequestFilter, after: number, limit: number): Stretch;
  /** Where a request stands in that order. */
  position(id: string): number;
  countAfter(filter: RequestFilter, after: number): number;
  /** What their bodies weigh on the wire, in bytes. */
  bytesAfter(filter: RequestFilter, after: number): number;
  /** How many requests a filter with `text` cannot find, whatever they said: attributing them again indexes them. */
  unsearchable(): number;
  /** From now on: call what it returns to get the requests that ended since. */
  follow(filter: RequestFilter): Follow;
  /** These, in the order given; ids that are not stored are left out. */
  rows(ids: readonly string[]): RequestRow[];
  /** What happened after the change with this number, in order. */
  changes(after: number, limit: number): Change[];
  /** Numbers of the changes that are kept; both 0 when there is none. */
  keptChanges(): { first: number; last: number };
  /** Another number when any other connection has committed since it was last asked. Costs some microseconds. */
  version(): number;
  request(id: string): RequestDetail;
  /** Proven by the stored hash. @throws DamagedContentError */
  requestBody(id: string): Uint8Array;
  /** Null when no response is stored. @throws DamagedContentError */
  responseBody(id: string): Uint8Array | null;
  shares(id: string): ShareRow[];
  /** Of many requests, the newest first. @throws NotFoundError, AmbiguousIdError */
  listShares(filter: ShareFilter, page: Page): ShareRow[];
  countShares(filter: ShareFilter): number;
  /** Of the newest requests that `version` of the engine has attributed. */
  unmatched(version: number, limit: number): UnmatchedInput;
  /** Every source there is, and when it was used. */
  sourceTimes(): SourceTimes[];
  /** Null when the request is not rated. `last` is the request that a rating of `last` goes to. */
  rating(id: string): RatingRow | null;
  /** The last given first. @throws NotFoundError, AmbiguousIdError */
  ratings(filter?: RatingFilter, page?: Partial<Page>): { rows: RatingRow[]; total: number };
  /** What each source cost over a period or a session, and what was used of it. */
  sourceUses(filter: SourceUseFilter): SourceUses;
  /** How much work a period or a session holds; prompts are counted up to `limit`. */
  extent(period: Period, limit: number): Extent;
  /** By source, model, session, or time: from aggregates that outlive the requests. @throws InvalidFilterError */
  stats(filter: StatsFilter, options: StatsOptions): Stats;
  /** Of requests that are still stored, the dearest first. */
  cacheMisses(period: Period): CacheMissGroup[];
  /** What to attribute again, and in which order. */
  replay(filter: ReplayFilter): ReplayPlan;
  /** Null when retention has freed it. @throws DamagedContentError */
  exchange(id: string): StoredExchange | null;
  /** Where the conversations of a session stood, as far as `version` of the engine attributed them; the last used last. */
  threadEnds(sessionId: string, version: number, limit: number): RequestId[];
  /** Of the session with this id, the beginning of it, or `last`. @throws NotFoundError, AmbiguousIdError */
  sessionId(given: string): string;
  /** The last seen first. */
  sessions(filter?: SessionFilter, page?: Partial<Page>): { rows: SessionRow[]; total: number };
  /** By its id. @throws NotFoundError */
  session(id: string): SessionRow;
  /** Of the requests that pruning may remove. @param before unix ms. */
  countEnded(before: number): EndedCounts;
  /** What pruning would do. */
  pruningPlan(limits: RetentionLimits): PruningPlan;
  status(): StoreStatus;
  close(): void;
}

const FIRST_PAGE: Page = { limit: 20, offset: 0 };

/**
 * @param busyTimeoutMs how long to wait for other processes, from the first step on
 * @throws NothingCapturedError when there is no database yet; StoreError
 */
export function openReader(file: string, busyTimeoutMs = BUSY_TIMEOUT_MS): Reader {
  return createReader(openDatabase(file, { readonly: true, busyTimeoutMs }), file);
}

/** The same, but where there is no database yet it answers as an empty one would: lists are then no error. @throws StoreError */
export function openReaderOrEmpty(file: string): Reader {
  try {
    return openReader(file);
  } catch (error) {
    if (!(error instanceof NothingCapturedError)) throw error;
    const db = openMemory();
    migrate(db, file);
    return createReader(db, file);
  }
}

function createReader(db: Database, file: string): Reader {
  const content = createContentReader(db);

  /** Our errors for SQLite's. */
  function guarded<Answer>(question: () => Answer): Answer {
    try {
      return question();
    } catch (error) {
      throw storeError(error, file) ?? error;
    }
  }
  /** One snapshot for all that one question needs. */
  const ask = <Answer>(question: () => Answer): Answer => guarded(() => db.transaction(question)());
  const body = (id: string, side: Side) => ask(() => readBody(db, content, findRequest(db, id).n, side));

  return {
    file,
    page: (filter = {}, page = {}) => ask(() => queryRequests(db, filter, { ...FIRST_PAGE, ...page })),
    query: (filter = {}, page = {}) =>
      ask(() => ({
        rows: queryRequests(db, filter, { ...FIRST_PAGE, ...page }),
        total: countRequests(db, filter, page.sort),
      })),
    count: (filter = {}, sort) => ask(() => countRequests(db, filter, sort)),
    walk: (...args) => ask(() => walkRequests(db, ...args)),
    position: (id) => ask(() => findRequest(db, id).n),
    countAfter: (...args) => ask(() => countRequestsAfter(db, ...args)),
    bytesAfter: (...args) => ask(() => sumBodiesAfter(db, ...args)),
    unsearchable: () => ask(() => countUnsearchable(db)),
    follow(filter) {
      const follow = ask(() => followRequests(db, filter));
      return () => guarded(follow);
    },
    rows: (ids) => ask(() => requestRows(db, ids)),
    changes: (...args) => ask(() => changesAfter(db, ...args)),
    keptChanges: () => ask(() => keptChanges(db)),
    version: () => guarded(() => pragmaNumber(db, 'data_version')),
    request: (id) => ask(() => requestDetail(db, content, findRequest(db, id))),
    requestBody: (id) => body(id, 'request') ?? new Uint8Array(),
    responseBody: (id) => body(id, 'response'),
    rating: (id) => ask(() => ratingOf(db, findAnswer(db, id))),
    ratings: (filter = {}, page = {}) => ask(() => listRatings(db, filter, { ...FIRST_PAGE, ...page })),
    shares: (id) => ask(() => requestShares(db, findRequest(db, id))),
    listShares: (...args) => ask(() => listShares(db, ...args)),
    countShares: (filter) => ask(() => countShares(db, filter)),
    unmatched: (...args) => ask(() => readUnmatched(db, ...args)),
    sourceTimes: () => ask(() => readSourceTimes(db)),
    sourceUses: (filter) => ask(() => readSourceUses(db, filter)),
    extent: (...args) => ask(() => readExtent(db, ...args)),
    stats: (filter, options) => ask(() => readStats(db, filter, options)),
    cacheMisses: (period) => ask(() => groupCacheMisses(db, period)),
    replay: (filter) => ask(() => planReplay(db, filter)),
    exchange: (id) => ask(() => readExchange(db, content, id)),
    threadEnds: (...args) => ask(() => threadEnds(db, ...args)),
    sessionId: (given) => ask(() => findSession(db, given)),
    sessions: (filter = {}, page = {}) => ask(() => listSessions(db, filter, { ...FIRST_PAGE, ...page })),
    session: (id) => ask(() => readSession(db, id)),
    countEnded: (before) => ask(() => countEnded(db, before)),
    pruningPlan: (limits) => ask(() => planPruning(db, limits)),
    status: () => ask(() => readStatus(db, file)),
    close: () => void db.close(),
  };
}
