import {
  EXCHANGE_KINDS,
  EXCHANGE_STATES,
  type ExchangeKind,
  type ExchangeOrigin,
  FAILED_STATES,
} from '../../model/exchange.js';
import type { RunId } from '../../model/ids.js';
import { CONVERSATIONS } from '../../model/purpose.js';
import { InvalidFilterError } from '../errors.js';
import { matchExpression } from '../search/match-expression.js';
import { sqlList } from '../sql-list.js';

/** All conditions must hold. Globs support only `*` and are case-sensitive. */
export interface RequestFilter {
  /** Glob over sources: `mcp:*`, `memory:*CLAUDE.md`. */
  source?: string | undefined;
  /** Unix ms: initiated at or after. */
  since?: number | undefined;
  /** Unix ms: initiated before. */
  until?: number | undefined;
  sessionId?: string | undefined;
  /** The turn with this id; null: requests that are in no turn. */
  turnId?: string | null | undefined;
  /** Glob over the names of agents, or Claude Code's id of one. */
  agent?: string | undefined;
  /** Working directory of the run. Glob; without a slash it is over the last part of the path. */
  project?: string | undefined;
  /** Captured by this run of claude-trace. Give `since` too: there is no index for it. */
  runId?: RunId | undefined;
  /** Glob. */
  model?: string | undefined;
  /** `200`, `4xx`, a state (`open`, `aborted`, …), or `error`: the states that count as failed. */
  status?: string | undefined;
  /** Default: `messages`. */
  kind?: ExchangeKind | 'all' | undefined;
  /** Default: both. */
  origin?: ExchangeOrigin | undefined;
  /** Words in a new prompt, a new tool result or the answer; see matchExpression. */
  text?: string | undefined;
  /** True: carried the result of an MCP call that failed, or that Claude Code made an error of, first. */
  mcpError?: boolean | undefined;
  /**
   * Glob over the ids of rules: one was applied to the request or its response, to a message of MCP in them, or to a call whose result
   * the request carried first.
   */
  rule?: string | undefined;
  /** Glob over the tags that such rules give. */
  tag?: string | undefined;
  rated?: boolean | undefined;
  /** False: no side calls except compactions. Requests whose purpose is not known yet match. Default: true. */
  sideCalls?: boolean | undefined;
  /** Inclusive; requests without a rating do not match. */
  minRating?: number | undefined;
  maxRating?: number | undefined;
  /** Minimum of input tokens. */
  minTokens?: number | undefined;
  minCostUsd?: number | undefined;
}

export interface Page {
  limit: number;
  offset: number;
}

/** A condition over `captured_requests r` left joined with `captured_responses p`. */
export interface Where {
  sql: string;
  parameters: (string | number)[];
  /** unused: no condition reads the response; optional: one reads it where it exists; required: it must exist. */
  response: 'unused' | 'optional' | 'required';
  /** True when an index leads to the matches of a condition without reading other requests. */
  selective: boolean;
}

/** The tables for a condition, by its use of the response. */
export const TABLES: Readonly<Record<Where['response'], string>> = {
  unused: 'captured_requests r',
  optional: 'captured_requests r LEFT JOIN captured_responses p ON p.request = r.n',
  required: 'captured_requests r JOIN captured_responses p ON p.request = r.n',
};

/**
 * Which conditions SQLite may use indexes for. order: those on time, kind and session, so that it walks along the order of a
 * page and tests the others; matches: the others, so that it collects all matches. SQLite has no statistics to choose by. A
 * unary plus disables the index for a condition (https://www.sqlite.org/queryplanner-ng.html, "unary +").
 */
export type Access = 'order' | 'matches';

/** @throws InvalidFilterError */
export function whereOf(filter: RequestFilter, access: Access = 'order'): Where {
  const conditions: string[] = [];
  const parameters: (string | number)[] = [];
  let response: Where['response'] = 'unused';
  let selective = false;
  const add = (sql: string, ...values: (string | number)[]) => {
    conditions.push(sql);
    parameters.push(...values);
    if (response === 'unused' && sql.includes('p.')) response = 'optional';
  };
  const addOrder = (column: string, rest: string, ...values: (string | number)[]) =>
    add(`${access === 'order' ? '' : '+'}${column} ${rest}`, ...values);
  const addMatch = (column: string, rest: string, ...values: (string | number)[]) => {
    selective = true;
    if (column.startsWith('p.')) response = 'required';
    add(`${access === 'matches' ? '' : '+'}${column} ${rest}`, ...values);
  };

  const { kind = 'messages', since, until, sessionId, turnId, agent, project, runId } = filter;
  const { model, source, status, origin, text, mcpError, rule, tag, rated, sideCalls } = filter;
  if (kind !== 'all') addOrder('r.kind', '= ?', checkedKind(kind));
  if (since !== undefined) addOrder('r.initiated', '>= ?', since);
  if (until !== undefined) addOrder('r.initiated', '< ?', until);
  if (sessionId !== undefined) add('r.session = (SELECT n FROM sessions WHERE id = ?)', sessionId);
  if (turnId === null) add('r.turn IS NULL');
  else if (turnId !== undefined) addMatch('r.turn', '= (SELECT n FROM turns WHERE id = ?)', turnId);
  if (agent !== undefined) addMatch('r.n', `IN (${REQUESTS_OF_AGENT})`, globOf(agent), agent);
  if (project !== undefined) add(`+r.run IN (${RUNS_IN})`, directoryGlob(project));
  if (runId !== undefined) add('+r.run = (SELECT n FROM runs WHERE id = ?)', runId);
  if (model !== undefined) add('r.model GLOB ?', globOf(model));
  if (source !== undefined) addMatch('p.source_set', `IN (${SETS_WITH})`, globOf(source));
  if (status !== undefined) addStatus(addMatch, status);
  if (origin === 'wire') add('r.origin = ?', origin);
  // Written as in the partial index, which holds no requests from the wire.
  if (origin === 'transcript') addMatch('r.origin', "= ? AND r.origin <> 'wire'", origin);
  if (text !== undefined) {
    addMatch('p.request', 'IN (SELECT rowid FROM request_texts WHERE request_texts MATCH ?)', matchExpression(text));
  }
  if (mcpError === true) addMatch('r.n', `IN (${WITH_MCP_ERROR})`);
  if (rule !== undefined) addMatch('r.n', `IN (${requestsWithHit(OF_RULE)})`, globOf(rule));
  if (tag !== undefined) addMatch('r.n', `IN (${requestsWithHit(OF_TAG)})`, globOf(tag));
  if (rated === false) add('NOT EXISTS (SELECT 1 FROM quality_feedback f WHERE f.request = r.n)');
  if (sideCalls === false) add(NO_SIDE_CALL);
  const { minRating, maxRating, minTokens, minCostUsd } = filter;
  if (rated === true || minRating !== undefined || maxRating !== undefined) {
    addMatch(
      'r.n',
      'IN (SELECT request FROM quality_feedback WHERE rating BETWEEN ? AND ?)',
      minRating ?? -1,
      maxRating ?? 1,
    );
  }
  if (minTokens !== undefined) addMatch('p.input_tokens', '>= ?', minTokens);
  // Costs are shown rounded to a billionth: a cost that was copied must find its own request.
  if (minCostUsd !== undefined) addMatch('p.cost_usd', '>= ?', minCostUsd - HALF_A_BILLIONTH);

  return { sql: conditions.join(' AND ') || '1', parameters, response, selective };
}

/** As `whereOf`, for a statement that reads all matches in any order. */
export function whereOfAll(filter: RequestFilter): Where {
  return whereOf(filter, whereOf(filter).selective ? 'matches' : 'order');
}

/** Written as in the partial index. What was delivered of calls that were not recorded is known by the API side alone. */
const WITH_MCP_ERROR = `
  SELECT carried_by FROM mcp_calls WHERE state NOT IN ('open', 'ok', 'cancelled') OR is_error = 1
  UNION SELECT carried_by FROM mcp_deliveries WHERE is_error = 1`;

/** Conditions over `rule_hits h`. The second is written as in the partial index. */
export const OF_RULE = 'h.rule GLOB ?';
export const OF_TAG = "h.action = 'tag' AND h.detail GLOB ?";

function requestsWithHit(condition: string): string {
  return `
    WITH hits AS NOT MATERIALIZED (SELECT h.request, h.message FROM rule_hits h WHERE ${condition})
    SELECT request FROM hits WHERE request IS NOT NULL
    UNION SELECT c.carried_by FROM hits JOIN mcp_calls c ON hits.message IN (c.request, c.answer)
    UNION SELECT of_message.n
    FROM hits JOIN mcp_messages m ON m.n = hits.message JOIN captured_requests of_message ON of_message.id = 'req_' || m.exchange`;
}

const HALF_A_BILLIONTH = 5e-10;

/** A condition on `thread_places t`: a side call that lists fold into its turn. A compaction changes the conversation. */
export const IS_FOLDED = `t.purpose NOT IN ${sqlList([...CONVERSATIONS, 'compaction'])}`;

const NO_SIDE_CALL = `NOT EXISTS (SELECT 1 FROM thread_places t WHERE t.request = r.n AND ${IS_FOLDED})`;

export const REQUESTS_OF_AGENT = `
  SELECT request FROM thread_places WHERE agent GLOB ? UNION SELECT n FROM captured_requests WHERE agent_id = ?`;

/** The runs in a project; see `directoryGlob`. */
export const RUNS_IN = 'SELECT n FROM runs WHERE cwd GLOB ?';

export function directoryGlob(project: string): string {
  return /[/\\]/.test(project) ? globOf(project) : `*[/\\]${globOf(project)}`;
}

const SETS_WITH = `
  SELECT source_set FROM source_set_members
  WHERE source IN (SELECT id FROM context_source_metrics WHERE source GLOB ?)`;

type AddMatch = (column: string, rest: string, ...values: (string | number)[]) => void;

function addStatus(addMatch: AddMatch, status: string): void {
  if (status === 'error') {
    addMatch('r.state', `<> 'complete' AND r.state IN ${FAILED}`);
  } else if (/^[1-5]\d\d$/.test(status)) {
    addMatch('p.status', '= ?', Number(status));
  } else if (/^[1-5]xx$/i.test(status)) {
    const first = Number(status.charAt(0)) * 100;
    addMatch('p.status', 'BETWEEN ? AND ?', first, first + 99);
  } else if (EXCHANGE_STATES.some((state) => state === status)) {
    // Written as in the partial index, which holds no complete requests.
    addMatch('r.state', status === 'complete' ? '= ?' : "<> 'complete' AND r.state = ?", status);
  } else {
    throw new InvalidFilterError(
      'status',
      `"${status}" is not a status; use a code such as 404, a class such as 4xx, "error" or a state`,
    );
  }
}

const FAILED = sqlList(FAILED_STATES);

function checkedKind(kind: string): string {
  if (EXCHANGE_KINDS.some((known) => known === kind)) return kind;
  throw new InvalidFilterError('kind', `"${kind}" is not one of ${EXCHANGE_KINDS.join(', ')}, all`);
}

/** In SQLite's GLOB `?` and `[` have a meaning, too; in brackets they are literal. */
export function globOf(pattern: string): string {
  return pattern.replace(/[[?]/g, '[$&]');
}
