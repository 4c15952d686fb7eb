import { roundDollars } from '../../model/dollars.js';
import { type SourceType, splitSource } from '../../model/source.js';
import type { Database } from '../sqlite.js';
import { whereOf } from './filter.js';
import { hoursOf, type Period } from './hours.js';

export interface SourceUseFilter extends Period {
  /** Of the attribution engine: requests that another version or none attributed are outdated. */
  version: number;
}

/** How much of what was offered to the model was used. */
export interface Funnel {
  /** Requests that mentioned it: its definition, its instructions, a line in a listing. */
  listed: number;
  /** Requests in which the model read its definition or its body; null where there is nothing to load. */
  loaded: number | null;
  /** How often answers called it. */
  called: number;
}

/** What one source cost: sums over all requests that contained it. */
export interface SourceUse {
  source: string;
  /** Requests that contained it, and their sessions. */
  requests: number;
  sessions: number;
  tokens: number;
  /** Of all input tokens, 0..1. */
  share: number;
  /** Of the requests whose price is known; null when none is. */
  cost_usd: number | null;
  /**
   * Paid whether it is used or not: definitions, instructions, listings, memory files, hook output. The rest is the cost of its
   * use: calls, results, bodies. Null for sources that cannot be dropped (the user, the model, the framework).
   */
  idle_tokens: number | null;
  idle_cost_usd: number | null;
  /** Null for sources that cannot be called. */
  funnel: Funnel | null;
}

/** A tool of an MCP server. */
export interface ToolUse extends Funnel {
  source: string;
  tool: string;
  /** Of its definition, summed over all requests in which the model read it. */
  tokens: number;
  cost_usd: number | null;
}

export interface SourceUses {
  /** Requests with a bill: all figures here are about these. */
  requests: number;
  /** Refused, aborted or still open: it is not known whether they cost anything. */
  unbilled_requests: number;
  /** Without a known price. */
  unpriced_requests: number;
  /** Not attributed, or by another version: some of their sources may be missing here. */
  outdated_requests: number;
  input_tokens: number;
  input_cost_usd: number | null;
  /** The most expensive first. */
  sources: SourceUse[];
  tools: ToolUse[];
}

/** Source types that the user can switch off or leave out. */
const DROPPABLE: ReadonlySet<SourceType> = new Set(['tool', 'mcp', 'skill', 'memory', 'hook', 'agent', 'command']);
const CALLED: ReadonlySet<SourceType> = new Set(['tool', 'mcp', 'skill', 'agent']);
const LOADED: ReadonlySet<SourceType> = new Set(['tool', 'mcp', 'skill']);

/** From the aggregates, which also count removed requests. Outdated requests can only be counted where they are stored. */
export function readSourceUses(db: Database, { version, ...period }: SourceUseFilter): SourceUses {
  const { unattributed_requests, ...total } = readTotals(db, version, period);
  const tools = readTools(db, period);
  const calls = callsBySource(tools);
  const sources = readSources(db, period).map((stored) => sourceUse(stored, total.input_tokens, calls));
  return {
    ...total,
    unpriced_requests: Math.max(0, total.unpriced_requests - unattributed_requests),
    sources,
    tools: tools.filter(({ source }) => splitSource(source).type === 'mcp'),
  };
}

type Totals = Omit<SourceUses, 'sources' | 'tools'> & { unattributed_requests: number };

function readTotals(db: Database, version: number, period: Period): Totals {
  const columns = ['requests', 'billed', 'priced', 'input_tokens', 'input_cost_usd'];
  const hours = hoursOf(db, 'request', columns, period);
  const totals = db
    .prepare<(string | number)[], Omit<Totals, 'outdated_requests' | 'unattributed_requests'>>(`
      SELECT
        coalesce(sum(billed), 0) AS requests, coalesce(sum(requests) - sum(billed), 0) AS unbilled_requests,
        coalesce(sum(billed) - sum(priced), 0) AS unpriced_requests, coalesce(sum(input_tokens), 0) AS input_tokens,
        iif(sum(priced) > 0, sum(input_cost_usd), NULL) AS input_cost_usd
      FROM ${hours.sql}`)
    .get(...hours.parameters);
  if (totals === undefined) throw new Error('unreachable: an aggregate has one row');
  const input_cost_usd = roundDollars(totals.input_cost_usd);
  return { ...totals, input_cost_usd, ...countOutdated(db, version, period) };
}

function countOutdated(db: Database, version: number, { since, until, sessionId }: Period) {
  const where = whereOf({ since, until, sessionId });
  const counted = db
    .prepare<(string | number)[], Pick<Totals, 'outdated_requests' | 'unattributed_requests'>>(`
      SELECT count(*) AS outdated_requests, count(*) FILTER (WHERE p.attribution_version IS NULL) AS unattributed_requests
      FROM captured_responses p CROSS JOIN captured_requests r ON r.n = p.request
      WHERE p.billed = 1 AND p.attribution_version IS NOT ? AND ${where.sql}`)
    .get(version, ...where.parameters);
  return counted ?? { outdated_requests: 0, unattributed_requests: 0 };
}

function readTools(db: Database, period: Period): ToolUse[] {
  const hours = hoursOf(
    db,
    'tool',
    ['tool', 'billed', 'tokens', 'cost_usd', 'priced', 'listed', 'loaded', 'calls'],
    period,
  );
  return db
    .prepare<(string | number)[], ToolUse>(`
      SELECT t.source, t.name AS tool, h.tokens, h.cost_usd, h.listed, h.loaded, h.called
      FROM (
        SELECT
          tool, sum(tokens) AS tokens, iif(sum(priced) > 0, sum(cost_usd), NULL) AS cost_usd, sum(listed) AS listed,
          sum(loaded) AS loaded, sum(calls) AS called
        FROM ${hours.sql} WHERE billed = 1 GROUP BY tool
      ) h JOIN tools t ON t.id = h.tool
      WHERE h.listed > 0 OR h.called > 0
      ORDER BY h.cost_usd DESC, h.tokens DESC, t.source, t.name`)
    .all(...hours.parameters)
    .map((use) => ({ ...use, cost_usd: roundDollars(use.cost_usd) }));
}

/** The call of a skill or an agent is also a call of the tool that starts it, so that tool is not idle. */
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
  idle_cost_usd: number;
  listed: number;
  loaded: number;
}

function readSources(db: Database, period: Period): StoredUse[] {
  const hours = hoursOf(db, 'source', SOURCE_COLUMNS, period);
  return db
    .prepare<(string | number)[], StoredUse>(`
      SELECT m.source, h.*
      FROM (
        SELECT
          source AS id, sum(requests) AS requests, count(DISTINCT nullif(session, 0)) AS sessions, sum(tokens) AS tokens,
          iif(sum(priced) > 0, sum(cost_usd), NULL) AS cost_usd, sum(idle_tokens) AS idle_tokens,
          sum(idle_cost_usd) AS idle_cost_usd, sum(listed) AS listed, sum(loaded) AS loaded
        FROM ${hours.sql} WHERE billed = 1 AND requests > 0 GROUP BY source
      ) h JOIN context_source_metrics m ON m.id = h.id
      ORDER BY h.cost_usd DESC, h.tokens DESC, m.source`)
    .all(...hours.parameters);
}

const SOURCE_COLUMNS = [
  'source',
  'session',
  'billed',
  'requests',
  'tokens',
  'cost_usd',
  'priced',
  'idle_tokens',
  'idle_cost_usd',
  'listed',
  'loaded',
];

function sourceUse(stored: StoredUse, inputTokens: number, calls: ReadonlyMap<string, number>): SourceUse {
  const { source, requests, sessions, tokens, cost_usd, listed, loaded } = stored;
  const { type } = splitSource(source);
  const droppable = DROPPABLE.has(type);
  // Without a known price the idle cost is unknown; a source without idle tokens has an idle cost of 0.
  const idleCost = cost_usd === null ? null : stored.idle_cost_usd;
  return {
    source,
    requests,
    sessions,
    tokens,
    share: inputTokens > 0 ? tokens / inputTokens : 0,
    cost_usd: roundDollars(cost_usd),
    idle_tokens: droppable ? stored.idle_tokens : null,
    idle_cost_usd: droppable ? roundDollars(idleCost) : null,
    funnel: CALLED.has(type)
      ? { listed, loaded: LOADED.has(type) ? loaded : null, called: calls.get(source) ?? 0 }
      : null,
  };
}
