import type { BudgetPeriod } from '../../model/budget.js';
import type { McpConnectionId } from '../../model/mcp.js';
import { type BodySide, readBody } from '../bodies.js';
import { createContentReader } from '../content/content-reader.js';
import { BUSY_TIMEOUT_MS, openDatabase, openMemory, pragmaNumber } from '../database.js';
import { NothingCapturedError, storeError } from '../errors.js';
import { migrate } from '../migrate.js';
import { countEnded } from '../retention/ended-requests.js';
import { planPruning } from '../retention/plan.js';
import type { RetentionLimits } from '../retention/pruning.js';
import { findAnswer, findRequest, findSession } from '../rows/find.js';
import { ratingOf } from '../rows/ratings.js';
import { requestRows } from '../rows/requests.js';
import { countUnsearchable } from '../search/text-index.js';
import type { Database } from '../sqlite.js';
import { readActivity } from './activity.js';
import { groupCacheMisses } from './cache-misses.js';
import { changesAfter, keptChanges } from './changes.js';
import { type ConversationFilter, listAgents, listConversation } from './conversation.js';
import { requestDetail, requestShares } from './detail.js';
import type { Page, RequestFilter } from './filter.js';
import { followRequests } from './follow.js';
import { headerValues } from './header-values.js';
import type { Period } from './hours.js';
import { countShares, listShares, readSourceTimes, type ShareFilter } from './list-shares.js';
import { countMcpCalls, listMcpCalls, mcpCallRows, readMcpCall } from './mcp-calls.js';
import { readMcpServers, readMcpTools } from './mcp-figures.js';
import type { McpCallFilter, McpFilter } from './mcp-filter.js';
import {
  findMcpMessage,
  listMcpConnections,
  listMcpMessages,
  type McpMessagePlace,
  walkMcpMessages,
} from './mcp-messages.js';
import { readMeasurements, readTokenCounts } from './measurements.js';
import { readNovelties } from './novelties.js';
import { countRequests, queryRequests, type RequestPage, type RequestSort } from './query.js';
import { listRatings, type RatingFilter } from './ratings.js';
import { planReplay, type ReplayFilter, readExchange } from './replay.js';
import { alertsOf, hitsOfRequest, listRuleHits, type RuleHitFilter, sumRuleHits } from './rule-hits.js';
import { listSessions, readSession, readSessionNames, type SessionFilter } from './sessions.js';
import { readFunnels, readSourceUses, type SourceUseFilter } from './source-uses.js';
import { readSpending, type SpendingNow } from './spending.js';
import { readStats, type StatsFilter, type StatsOptions } from './stats.js';
import { readStatus } from './status.js';
import { endedBefore, projectsOf, readTelemetry } from './telemetry.js';
import { threadEnds } from './thread-ends.js';
import { countOutcomes, sumRequests } from './totals.js';
import { countTurns, listTurns, readTurn, readTurns, type TurnPage } from './turns.js';
import { readUnmatched } from './unmatched.js';
import { countRequestsAfter, sumBodiesAfter, walkRequests } from './walk.js';

/** The reading side of the database, which every interface uses. It never writes. */
export type Reader = ReturnType<typeof createReader>;

/**
 * @param busyTimeoutMs how long to wait for other processes, from the first step on
 * @throws NothingCapturedError when there is no database yet; StoreError
 */
export function openReader(file: string, busyTimeoutMs = BUSY_TIMEOUT_MS): Reader {
  return createReader(openDatabase(file, { readonly: true, busyTimeoutMs }), file);
}

/** Reads the database once. @throws StoreError; what `read` throws */
export function readDatabase<Result>(file: string, read: (reader: Reader) => Result, busyTimeoutMs?: number): Result {
  const reader = openReader(file, busyTimeoutMs);
  try {
    return read(reader);
  } finally {
    reader.close();
  }
}

/** Like `openReader`, but a missing database reads as an empty one. @throws StoreError */
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

const FIRST_PAGE: Page = { limit: 20, offset: 0 };

/**
 * Everything that can be read, by subject. Each call reads one snapshot and throws StoreErrors only.
 *
 * `id` is a request id, a response id, a correlation id, the id of a rating, the beginning of one of them, or `last`; a call
 * throws NotFoundError or AmbiguousIdError when it does not name one request.
 */
function createReader(db: Database, file: string) {
  const content = createContentReader(db);

  function translated<Answer>(question: () => Answer): Answer {
    try {
      return question();
    } catch (error) {
      throw storeError(error, file) ?? error;
    }
  }
  const ask = <Answer>(question: () => Answer): Answer => translated(() => db.transaction(question)());
  const body = (id: string, side: BodySide) => ask(() => readBody(db, content, findRequest(db, id).n, side));

  return {
    // ── requests, one page at a time ──

    /** The newest first, 20 rows from the start unless `page` says otherwise. @throws InvalidFilterError */
    page: (filter: RequestFilter = {}, page: Partial<RequestPage> = {}) =>
      ask(() => queryRequests(db, filter, { ...FIRST_PAGE, ...page })),
    /** As `page`, with the number of all matches. @throws InvalidFilterError */
    query: (filter: RequestFilter = {}, page: Partial<RequestPage> = {}) =>
      ask(() => ({
        rows: queryRequests(db, filter, { ...FIRST_PAGE, ...page }),
        total: countRequests(db, filter, page.sort),
      })),
    /** How many match; requests without the figure to sort by are left out. @throws InvalidFilterError */
    count: (filter: RequestFilter = {}, sort?: RequestSort) => ask(() => countRequests(db, filter, sort)),
    /** Sums of all that match. @throws InvalidFilterError */
    totals: (filter: RequestFilter = {}) => ask(() => sumRequests(db, filter)),
    /** How those that match ended, the most frequent way first. @throws InvalidFilterError */
    outcomes: (filter: RequestFilter = {}) => ask(() => countOutcomes(db, filter)),
    /** How many requests a filter with `text` cannot find, whatever they say: attributing them again indexes them. */
    unsearchable: () => ask(() => countUnsearchable(db)),
    /** These requests, in the order given; ids that are not stored are left out. */
    rows: (ids: readonly string[]) => ask(() => requestRows(db, ids)),

    // ── requests, one after another ──

    /** The next `limit` matches after a position, in the order of storing. @throws InvalidFilterError */
    walk: (filter: RequestFilter, after: number, limit: number) => ask(() => walkRequests(db, filter, after, limit)),
    /** The position of a request in that order. */
    position: (id: string) => ask(() => findRequest(db, id).n),
    countAfter: (filter: RequestFilter, after: number) => ask(() => countRequestsAfter(db, filter, after)),
    /** Bytes of the bodies of these requests and their responses, on the wire. */
    bytesAfter: (filter: RequestFilter, after: number) => ask(() => sumBodiesAfter(db, filter, after)),
    /** @returns a function whose calls return the requests that ended since the last call */
    follow(filter: RequestFilter) {
      const next = ask(() => followRequests(db, filter));
      return () => translated(next);
    },
    /** What happened after the change with this number, in order. */
    changes: (after: number, limit: number) => ask(() => changesAfter(db, after, limit)),
    keptChanges: () => ask(() => keptChanges(db)),
    /** The given requests and MCP calls that had ended before the change with this number. */
    endedBefore: (ids: readonly string[], n: number) => ask(() => endedBefore(db, ids, n)),
    /** Progress of sending to an OpenTelemetry collector; null if none was ever configured. */
    telemetry: () => ask(() => readTelemetry(db)),
    /** The folders in which these requests and MCP calls were recorded, by id. */
    projectsOf: (ids: readonly string[]) => ask(() => projectsOf(db, ids)),
    /** Another number once any other connection has committed. Costs some microseconds. */
    version: () => translated(() => pragmaNumber(db, 'data_version')),

    // ── one request ──

    request: (id: string) => ask(() => requestDetail(db, content, findRequest(db, id))),
    /** Checked against the stored hash. @throws DamagedContentError */
    requestBody: (id: string) => body(id, 'request') ?? new Uint8Array(),
    /** Checked against the stored hash. Null when no response is stored. @throws DamagedContentError */
    responseBody: (id: string) => body(id, 'response'),
    /** What attribution reads of it. Null when retention has removed it. @throws DamagedContentError */
    exchange: (id: string) => ask(() => readExchange(db, content, id)),
    /** What each source put into it, the largest first. */
    shares: (id: string) => ask(() => requestShares(db, findRequest(db, id))),
    /** Null when it is not rated. `last` is the newest answer of a main conversation. */
    rating: (id: string) => ask(() => ratingOf(db, findAnswer(db, id))),

    // ── sessions ──

    /** The last seen first. */
    sessions: (filter: SessionFilter = {}, page: Partial<Page> = {}) =>
      ask(() => listSessions(db, filter, { ...FIRST_PAGE, ...page })),
    /** By its whole id. @throws NotFoundError */
    session: (id: string) => ask(() => readSession(db, id)),
    /** The id of a session, by that id, its name, the beginning of the id, or `last`. @throws NotFoundError, AmbiguousIdError */
    sessionId: (given: string) => ask(() => findSession(db, given)),
    /** Names of sessions, by id. */
    sessionNames: () => ask(() => readSessionNames(db)),
    /** The last request of each conversation, as far as `version` of the engine attributed them; the last used comes last. */
    threadEnds: (sessionId: string, version: number, limit: number) =>
      ask(() => threadEnds(db, sessionId, version, limit)),

    // ── conversations ──

    /** The oldest request first; empty without any. */
    conversation: (filter: ConversationFilter) => ask(() => listConversation(db, filter)),
    /** The agents of a session that had a conversation of their own. */
    agents: (sessionId: string) => ask(() => listAgents(db, sessionId)),
    /** Values of a header of requests, by their ids. @param name in lower case */
    headerValues: (ids: readonly string[], name: string) => ask(() => headerValues(db, content, ids, name)),

    // ── turns: what a person asked; the requests of one are those with its id as `turnId` ──

    /** Those with requests that match, the newest first; their figures are of these requests. @throws InvalidFilterError */
    turns: (filter: RequestFilter = {}, page: Partial<TurnPage> = {}) =>
      ask(() => listTurns(db, filter, { ...FIRST_PAGE, ...page })),
    countTurns: (filter: RequestFilter = {}) => ask(() => countTurns(db, filter)),
    /** With all its requests; by its id, the beginning of it, or `last`. @throws NotFoundError, AmbiguousIdError */
    turn: (id: string) => ask(() => readTurn(db, id)),
    /** With all their requests, by their whole ids, in any order; ids that are not stored are left out. */
    turnsOf: (ids: readonly string[]) => ask(() => readTurns(db, ids)),

    // ── sources, costs and ratings of many requests ──

    /** By source, model, session or time, from aggregates that outlive the requests. @throws InvalidFilterError */
    stats: (filter: StatsFilter, options: StatsOptions) => ask(() => readStats(db, filter, options)),
    /** What each source cost in a period or a session, and how much of it was used. */
    sourceUses: (filter: SourceUseFilter) => ask(() => readSourceUses(db, filter)),
    /** How much of each source that can be called was used; faster than `sourceUses`. */
    funnels: (period: Period) => ask(() => readFunnels(db, period)),
    /** What was spent in a session, on this day and in this month, as far as these are asked for. */
    spending: (periods: readonly BudgetPeriod[], at: SpendingNow) => ask(() => readSpending(db, periods, at)),
    /** How much work a period or a session holds. @param limit stop counting prompts there */
    activity: (period: Period, limit: number) => ask(() => readActivity(db, period, limit)),
    /** Cache misses of requests that are still stored, the most expensive first. */
    cacheMisses: (period: Period) => ask(() => groupCacheMisses(db, period)),
    /** Shares of many requests, the newest request first. @throws NotFoundError, AmbiguousIdError */
    listShares: (filter: ShareFilter, page: Page) => ask(() => listShares(db, filter, page)),
    countShares: (filter: ShareFilter) => ask(() => countShares(db, filter)),
    /** Every source, and when it was used. */
    sourceTimes: () => ask(() => readSourceTimes(db)),
    /** Unmatched text of the newest requests that `version` of the engine has attributed. */
    unmatched: (version: number, limit: number) => ask(() => readUnmatched(db, version, limit)),
    /** Novelties for this version of claude-trace, by version of Claude Code, the last seen first. */
    novelties: (tracer: string) => ask(() => readNovelties(db, tracer)),
    /** The newest rating first. */
    ratings: (filter: RatingFilter = {}, page: Partial<Page> = {}) =>
      ask(() => listRatings(db, filter, { ...FIRST_PAGE, ...page })),

    // ── MCP: connections to servers, their messages, and calls ──

    /** By server, with calls or without, the most used first. @throws InvalidFilterError */
    mcpServers: (filter: McpFilter = {}) => ask(() => readMcpServers(db, filter)),
    /** By server and tool, never called tools included; by server, the most used first. @throws InvalidFilterError */
    mcpTools: (filter: McpFilter = {}) => ask(() => readMcpTools(db, filter)),
    /** The newest first. @throws InvalidFilterError */
    mcpCalls: (filter: McpCallFilter = {}, page: Partial<Page> = {}) =>
      ask(() => listMcpCalls(db, filter, { ...FIRST_PAGE, ...page })),
    mcpCallRows: (ids: readonly string[]) => ask(() => mcpCallRows(db, ids)),
    countMcpCalls: (filter: McpCallFilter = {}) => ask(() => countMcpCalls(db, filter)),
    /** By its id, the beginning of it, the id of its tool use, or `last`. @throws NotFoundError, AmbiguousIdError */
    mcpCall: (id: string) => ask(() => readMcpCall(db, content, id)),
    /** The newest first. @throws InvalidFilterError */
    mcpConnections: (filter: McpFilter = {}, page: Partial<Page> = {}) =>
      ask(() => listMcpConnections(db, filter, { ...FIRST_PAGE, ...page })),
    /** Messages of a connection, in the order of their times. @throws NotFoundError */
    mcpMessages: (connection: McpConnectionId, page: Partial<Page> = {}) =>
      ask(() => listMcpMessages(db, connection, { ...FIRST_PAGE, ...page })),
    /** The next `limit` messages of a connection behind a place, in that order, with their bytes; the first ones without a place. */
    walkMcpMessages: (connection: McpConnectionId, after: McpMessagePlace | null, limit: number) =>
      ask(() => walkMcpMessages(db, content, connection, after, limit)),
    /** By its whole id. @throws NotFoundError */
    mcpMessage: (id: string) => ask(() => findMcpMessage(db, content, id)),

    // ── rules: what they did with messages of MCP, requests and responses ──

    /** The newest first. */
    ruleHits: (filter: RuleHitFilter = {}, page: Partial<Page> = {}) =>
      ask(() => listRuleHits(db, filter, { ...FIRST_PAGE, ...page })),
    /** By rule, action and detail, the most applied first. */
    ruleFigures: (filter: RuleHitFilter = {}) => ask(() => sumRuleHits(db, filter)),
    /** By ids of the log of changes; those that are not stored are left out. */
    alerts: (ids: readonly string[]) => ask(() => alertsOf(db, ids)),
    /** Hits of rules of a request and its response. */
    requestHits: (id: string) => ask(() => hitsOfRequest(db, findRequest(db, id).n)),

    // ── answers of `count_tokens` to `measure`, by model ──

    measurements: (model: string) => ask(() => readMeasurements(db, model)),
    tokenCounts: (model: string) => ask(() => readTokenCounts(db, model)),

    // ── the database itself ──

    file,
    status: () => ask(() => readStatus(db, file)),
    /** What to attribute again, and in which order. */
    replay: (filter: ReplayFilter) => ask(() => planReplay(db, filter)),
    /** What pruning would do. */
    pruningPlan: (limits: RetentionLimits) => ask(() => planPruning(db, limits)),
    /** Counts the requests that pruning may remove. @param before unix ms */
    countEnded: (before: number) => ask(() => countEnded(db, before)),
    close: () => void db.close(),
  };
}
