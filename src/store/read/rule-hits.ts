import type { RuleAction, RuleHit } from '../../model/rule.js';
import type { RuleFigures, RuleHitRow } from '../../model/rule-hits.js';
import type { Database } from '../sqlite.js';
import { directoryGlob, globOf, type Page, RUNS_IN } from './filter.js';
import type { Rows } from './hours.js';
import { type Condition, joined, type McpFilter } from './mcp-filter.js';

/** All conditions must hold. Globs support only `*` and are case-sensitive. */
export interface RuleHitFilter extends Omit<McpFilter, 'agent'> {
  /** Glob over the ids of rules. */
  rule?: string | undefined;
  action?: RuleAction | undefined;
}

interface StoredHit extends Omit<RuleHitRow, 'at'> {
  at: number;
}

const FROM = `
  rule_hits h
  LEFT JOIN mcp_messages m ON m.n = h.message LEFT JOIN mcp_servers s ON s.n = m.connection
  LEFT JOIN captured_requests r ON r.n = h.request LEFT JOIN sessions session ON session.n = r.session`;

const HITS = `
  SELECT
    'alert_' || h.n AS id, h.rule, h.action, h.detail, h.at, r.id AS requestId, m.id AS messageId, s.name AS server,
    (
      SELECT 'mcpc_' || substr(asked.id, ${'mcpm_'.length + 1})
      FROM mcp_calls c JOIN mcp_messages asked ON asked.n = c.request WHERE c.request = h.message OR c.answer = h.message
    ) AS callId
  FROM ${FROM}`;

/** The newest first. */
export function listRuleHits(db: Database, filter: RuleHitFilter, page: Page): RuleHitRow[] {
  const { sql, parameters } = whereOfHits(filter);
  return db
    .prepare<(string | number)[], StoredHit>(`${HITS} WHERE ${sql} ORDER BY h.at DESC, h.n DESC LIMIT ? OFFSET ?`)
    .all(...parameters, page.limit, page.offset)
    .map(hitRow);
}

/** Those that are stored, in any order. @param ids `alert_…` */
export function alertsOf(db: Database, ids: readonly string[]): RuleHitRow[] {
  if (ids.length === 0) return [];
  const numbers = ids.map((id) => Number(id.slice('alert_'.length)));
  return db
    .prepare<[string], StoredHit>(`${HITS} WHERE h.n IN (SELECT value FROM json_each(?)) AND h.action = 'alert'`)
    .all(JSON.stringify(numbers))
    .map(hitRow);
}

/** By rule, action and detail, the most applied first. */
export function sumRuleHits(db: Database, filter: RuleHitFilter): RuleFigures[] {
  const { sql, parameters } = whereOfHits(filter);
  return db
    .prepare<(string | number)[], Omit<RuleFigures, 'last'> & { last: number }>(`
      SELECT h.rule, h.action, h.detail, count(*) AS hits, max(h.at) AS last
      FROM ${FROM} WHERE ${sql} GROUP BY h.rule, h.action, h.detail ORDER BY hits DESC, h.rule, h.action, h.detail`)
    .all(...parameters)
    .map(({ last, ...sums }) => ({ ...sums, last: new Date(last) }));
}

/** In the order in which they were applied. */
export function hitsOfMessage(db: Database, message: number): RuleHit[] {
  return db
    .prepare<[number], RuleHit>('SELECT rule, action, detail FROM rule_hits WHERE message = ? ORDER BY place')
    .all(message);
}

/** Hits of the request and its response, in the order in which they were applied. */
export function hitsOfRequest(db: Database, request: number): RuleHit[] {
  return db
    .prepare<[number], RuleHit>(
      'SELECT rule, action, detail FROM rule_hits WHERE request = ? ORDER BY of_answer, place',
    )
    .all(request);
}

function whereOfHits(filter: RuleHitFilter): Rows {
  const { since, until, sessionId, runId, project, server, rule, action } = filter;
  const conditions: Condition[] = [];
  if (since !== undefined) conditions.push(['h.at >= ?', since]);
  if (until !== undefined) conditions.push(['h.at < ?', until]);
  // A call, and so its session, may be known only when an API request has carried its result.
  if (sessionId !== undefined) conditions.push(['coalesce(s.session_id, session.id) = ?', sessionId]);
  if (runId !== undefined) conditions.push(['coalesce(s.run, r.run) = (SELECT n FROM runs WHERE id = ?)', runId]);
  if (project !== undefined) conditions.push([`coalesce(s.run, r.run) IN (${RUNS_IN})`, directoryGlob(project)]);
  if (server !== undefined) conditions.push(['s.name GLOB ?', globOf(server)]);
  if (rule !== undefined) conditions.push(['h.rule GLOB ?', globOf(rule)]);
  // Written as in the partial index.
  if (action === 'alert') conditions.push(["h.action = 'alert'"]);
  else if (action !== undefined) conditions.push(['h.action = ?', action]);
  return joined(conditions);
}

function hitRow({ at, ...hit }: StoredHit): RuleHitRow {
  return { ...hit, at: new Date(at) };
}
