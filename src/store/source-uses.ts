import { type SourceType, splitSource } from '../model/source.js';
import type { Database } from './database.js';
import { type RequestFilter, whereOf } from './filter.js';

/** Requests of kind `messages`. */
export interface SourceUseFilter extends Pick<RequestFilter, 'since' | 'until' | 'sessionId'> {
  /** Of the attribution engine: what another one attributed, or none, is outdated. */
  version: number;
}

/** How far something came that requests offered to the model. */
export interface Funnel {
  /** Requests that named it: its definition, its instructions, a line in a listing. */
  listed: number;
  /** Requests in which the model read its definition or its body; null where there is nothing to load. */
  loaded: number | null;
  /** Times that answers called it. */
  called: number;
}

/** What one source cost: the sum over all requests that carried it. */
export interface SourceUse {
  source: string;
  /** Requests that carried it, and the sessions that these belong to. */
  requests: number;
  sessions: number;
  tokens: number;
  /** Of all input tokens, 0..1. */
  share: number;
  /** Of the requests whose price is known; null when none is. */
  cost_usd: number | null;
  /**
   * What was paid whether it was used or not: definitions, instructions, listings, memory files, hook output. The rest is what
   * its use cost: calls, results, bodies. Null for what nobody can drop (the person, the model, the framework).
   */
  idle_tokens: number | null;
  idle_cost_usd: number | null;
  /** Null for what is never called. */
  funnel: Funnel | null;
}

/** A tool of an MCP server. */
export interface ToolUse extends Funnel {
  source: string;
  tool: string;
  /** Of its definition, over all requests in which the model read it. */
  tokens: number;
  cost_usd: number | null;
}

export interface SourceUses {
  /** With a bill: every figure here is about these. */
  requests: number;
  /** Refused, aborted, still open: nobody knows that they cost anything. */
  unbilled_requests: number;
  /** Of which no price is known. */
  unpriced_requests: number;
  /** Not attributed, or by another version: some of what they carried may be missing here. */
  outdated_requests: number;
  input_tokens: number;
  input_cost_usd: number | null;
  /** The most expensive first. */
  sources: SourceUse[];
  tools: ToolUse[];
}

/** What a person can switch off or leave out. */
const DROPPABLE: ReadonlySet<SourceType> = new Set(['tool', 'mcp', 'skill', 'memory', 'hook', 'agent', 'command']);
const CALLED: ReadonlySet<SourceType> = new Set(['tool', 'mcp', 'skill', 'agent']);
const LOADED: ReadonlySet<SourceType> = new Set(['tool', 'mcp', 'skill']);

/** @throws InvalidFilterError */
export function readSourceUses(db: Database, filter: SourceUseFilter): SourceUses {
  const { since, until, sessionId, version } = filter;
  const where = whereOf({ since, until, sessionId });
  const tables = `
    WITH matching AS MATERIALIZED (
      SELECT r.n, r.session, p.billed, p.attribution_version, p.input_tokens, p.input_cost_usd
      FROM captured_requests r LEFT JOIN captured_responses p ON p.request = r.n WHERE ${where.sql}
    ),
    chosen AS MATERIALIZED (SELECT * FROM matching WHERE billed = 1)`;
  const ask = <Row>(sql: string, ...more: number[]) =>
    db.prepare<(string | number)[], Row>(`${tables} ${sql}`).all(...where.parameters, ...more);

  const [total] = ask<Omit<SourceUses, 'sources' | 'tools'>>(
    `
    SELECT
      count(*) AS requests,
      (SELECT count(*) FROM matching) - count(*) AS unbilled_requests,
      count(*) FILTER (WHERE attribution_version IS NOT NULL AND input_cost_usd IS NULL) AS unpriced_requests,
      count(*) FILTER (WHERE attribution_version IS NOT ?) AS outdated_requests,
      coalesce(sum(input_tokens), 0) AS input_tokens,
      sum(input_cost_usd) AS input_cost_usd
    FROM chosen`,
    version,
  );
  if (total === undefined) throw new Error('unreachable: an aggregate has one row');

  const tools = ask<ToolUse>(`
    SELECT
      t.source, t.name AS tool, sum(u.tokens) AS tokens, sum(u.cost_usd) AS cost_usd, sum(u.listed) AS listed,
      sum(u.loaded) AS loaded, sum(u.calls) AS called
    FROM chosen JOIN request_tools u ON u.request = chosen.n JOIN tools t ON t.id = u.tool
    GROUP BY t.id ORDER BY cost_usd DESC, tokens DESC, t.source, t.name`);
  const calls = callsBySource(tools);
  const sources = ask<StoredUse>(SOURCES).map((stored) => sourceUse(stored, total.input_tokens, calls));
  return { ...total, sources, tools: tools.filter(({ source }) => splitSource(source).type === 'mcp') };
}

/** The call of a skill or an agent is one of the tool that starts it, too: that one is not idle. */
function callsBySource(tools: readonly ToolUse[]): Map<string, number> {
  const calls = new Map<string, number>();
  for (const { source, tool, called } of tools) {
    for (const each of new Set([source, `tool:${tool}`])) calls.set(each, (calls.get(each) ?? 0) + called);
  }
  return calls;
}

interface StoredUse {
  source: string;
  requests: number;
  sessions: number;
  tokens: number;
  cost_usd: number | null;
  idle_tokens: number;
  idle_cost_usd: number | null;
  listed: number;
  loaded: number;
}

/** By request and source first: a source counts once a request, whatever its parts. */
const SOURCES = `
  SELECT
    m.source, count(*) AS requests, count(DISTINCT carried.session) AS sessions, sum(carried.tokens) AS tokens,
    sum(carried.cost_usd) AS cost_usd, sum(carried.idle_tokens) AS idle_tokens, sum(carried.idle_cost_usd) AS idle_cost_usd,
    sum(carried.listed) AS listed, sum(carried.loaded) AS loaded
  FROM (
    SELECT
      a.source, chosen.session, sum(a.tokens) AS tokens, sum(a.cost_usd) AS cost_usd,
      coalesce(sum(a.tokens) FILTER (WHERE idle), 0) AS idle_tokens,
      sum(a.cost_usd) FILTER (WHERE idle) AS idle_cost_usd,
      max(a.part IN ('definition', 'instructions', 'listing')) AS listed,
      max(a.part = 'body' OR (a.part = 'definition' AND a.tokens > 0)) AS loaded
    FROM chosen JOIN (
      SELECT a.*, a.part IN ('definition', 'instructions', 'listing') OR m.source_type IN ('memory', 'hook') AS idle
      FROM context_attributions a JOIN context_source_metrics m ON m.id = a.source
    ) a ON a.request = chosen.n
    GROUP BY a.request, a.source
  ) carried JOIN context_source_metrics m ON m.id = carried.source
  GROUP BY m.id ORDER BY cost_usd DESC, tokens DESC, m.source`;

function sourceUse(stored: StoredUse, inputTokens: number, calls: ReadonlyMap<string, number>): SourceUse {
  const { source, requests, sessions, tokens, cost_usd, listed, loaded } = stored;
  const { type } = splitSource(source);
  const droppable = DROPPABLE.has(type);
  // A source without an idle part costs nothing while idle; one without any price stays unknown.
  const idleCost = cost_usd === null ? null : (stored.idle_cost_usd ?? 0);
  return {
    source,
    requests,
    sessions,
    tokens,
    share: inputTokens > 0 ? tokens / inputTokens : 0,
    cost_usd,
    idle_tokens: droppable ? stored.idle_tokens : null,
    idle_cost_usd: droppable ? idleCost : null,
    funnel: CALLED.has(type)
      ? { listed, loaded: LOADED.has(type) ? loaded : null, called: calls.get(source) ?? 0 }
      : null,
  };
}
