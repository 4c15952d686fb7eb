import { roundDollars } from '../../model/dollars.js';
import { type Source, type SourceType, splitSource } from '../../model/source.js';
import type { Database } from '../sqlite.js';
import { whereOf } from './filter.js';
import { type Period, periodOf } from './hours.js';
import { hoursOf } from './period-rows.js';

export interface SourceUseFilter extends Period {
  /** Version of the attribution engine: requests that another version or none attributed are outdated. */
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
  /** Share of all input tokens, 0..1. */
  share: number;
  /** Cost in the requests whose price is known; null if no price is known. */
  costUsd: number | null;
  /**
   * Paid whether it is used or not: definitions, instructions, listings, memory files, hook output. The rest is the cost of its
   * use: calls, results, bodies. Null for sources that cannot be dropped (the user, the model, the framework).
   */
  idleTokens: number | null;
  idleCostUsd: number | null;
  /** Null for sources that cannot be called. */
  funnel: Funnel | null;
}

/** A tool of an MCP server. */
export interface ToolUse extends Funnel {
  source: string;
  tool: string;
  /** Tokens of its definition, summed over all requests in which the model read it. */
  tokens: number;
  costUsd: number | null;
}

export interface SourceUses {
  /** Requests with a bill: all figures here are about these. */
  requests: number;
  /** Refused, aborted or still open: it is not known whether they cost anything. */
  unbilledRequests: number;
  /** Without a known price. */
  unpricedRequests: number;
  /** Not attributed, or by another version: some of their sources may be missing here. */
  outdatedRequests: number;
  inputTokens: number;
  inputCostUsd: number | null;
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
  const { unattributedRequests, ...total } = readTotals(db, version, period);
  const tools = readTools(db, period);
  const calls = callsBySource(tools);
  const sources = readSources(db, period).map((stored) => sourceUse(stored, total.inputTokens, calls));
  return {
    ...total,
    unpricedRequests: Math.max(0, total.unpricedRequests - unattributedRequests),
    sources,
    tools: tools.filter(({ source }) => splitSource(source).type === 'mcp'),
  };
}

/** By source, for those that can be called: as in `readSourceUses`, without the sums and counts of all requests. */
export function readFunnels(db: Database, period: Period): ReadonlyMap<Source, Funnel> {
  const calls = callsBySource(readTools(db, period));
  return new Map(
    readSources(db, period).flatMap((stored) => {
      const funnel = funnelOf(stored, calls);
      return funnel === null ? [] : [[stored.source, funnel] as const];
    }),
  );
}

type Totals = Omit<SourceUses, 'sources' | 'tools'> & { unattributedRequests: number };

function readTotals(db: Database, version: number, period: Period): Totals {
  const columns = ['requests', 'billed', 'priced', 'input_tokens', 'input_cost_usd'];
  const hours = hoursOf(db, 'request', columns, period);
  const totals = db
    .prepare<(string | number)[], Omit<Totals, 'outdatedRequests' | 'unattributedRequests'>>(`
      SELECT
        coalesce(sum(billed), 0) AS requests, coalesce(sum(requests) - sum(billed), 0) AS unbilledRequests,
        coalesce(sum(billed) - sum(priced), 0) AS unpricedRequests, coalesce(sum(input_tokens), 0) AS inputTokens,
        iif(sum(priced) > 0, sum(input_cost_usd), NULL) AS inputCostUsd
      FROM ${hours.sql}`)
    .get(...hours.parameters);
  if (totals === undefined) throw new Error('unreachable: an aggregate has one row');
  const inputCostUsd = roundDollars(totals.inputCostUsd);
  return { ...totals, inputCostUsd, ...countOutdated(db, version, period) };
}

function countOutdated(db: Database, version: number, period: Period) {
  const where = whereOf(periodOf(period));
  const counted = db
    .prepare<(string | number)[], Pick<Totals, 'outdatedRequests' | 'unattributedRequests'>>(`
      SELECT count(*) AS outdatedRequests, count(*) FILTER (WHERE p.attribution_version IS NULL) AS unattributedRequests
      FROM captured_responses p CROSS JOIN captured_requests r ON r.n = p.request
      WHERE p.billed = 1 AND p.attribution_version IS NOT ? AND ${where.sql}`)
    .get(version, ...where.parameters);
  return counted ?? { outdatedRequests: 0, unattributedRequests: 0 };
}

/** Every tool that was listed or called, built-in ones included. */
export function readTools(db: Database, period: Period): ToolUse[] {
  const hours = hoursOf(
    db,
    'tool',
    ['tool', 'billed', 'tokens', 'cost_usd', 'priced', 'listed', 'loaded', 'calls'],
    period,
  );
  return db
    .prepare<(string | number)[], ToolUse>(`
      SELECT t.source, t.name AS tool, h.tokens, h.costUsd, h.listed, h.loaded, h.called
      FROM (
        SELECT
          tool, sum(tokens) AS tokens, iif(sum(priced) > 0, sum(cost_usd), NULL) AS costUsd, sum(listed) AS listed,
          sum(loaded) AS loaded, sum(calls) AS called
        FROM ${hours.sql} WHERE billed = 1 GROUP BY tool
      ) h JOIN tools t ON t.id = h.tool
      WHERE h.listed > 0 OR h.called > 0
      ORDER BY h.costUsd DESC, h.tokens DESC, t.source, t.name`)
    .all(...hours.parameters)
    .map((use) => ({ ...use, costUsd: roundDollars(use.costUsd) }));
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
  costUsd: number | null;
  idleTokens: number;
  idleCostUsd: number;
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
          iif(sum(priced) > 0, sum(cost_usd), NULL) AS costUsd, sum(idle_tokens) AS idleTokens,
          sum(idle_cost_usd) AS idleCostUsd, sum(listed) AS listed, sum(loaded) AS loaded
        FROM ${hours.sql} WHERE billed = 1 AND requests > 0 GROUP BY source
      ) h JOIN context_source_metrics m ON m.id = h.id
      ORDER BY h.costUsd DESC, h.tokens DESC, m.source`)
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
  const { source, requests, sessions, tokens, costUsd } = stored;
  const { type } = splitSource(source);
  const droppable = DROPPABLE.has(type);
  // Without a known price the idle cost is unknown; a source without idle tokens has an idle cost of 0.
  const idleCost = costUsd === null ? null : stored.idleCostUsd;
  return {
    source,
    requests,
    sessions,
    tokens,
    share: inputTokens > 0 ? tokens / inputTokens : 0,
    costUsd: roundDollars(costUsd),
    idleTokens: droppable ? stored.idleTokens : null,
    idleCostUsd: droppable ? roundDollars(idleCost) : null,
    funnel: funnelOf(stored, calls),
  };
}

function funnelOf({ source, listed, loaded }: StoredUse, calls: ReadonlyMap<string, number>): Funnel | null {
  const { type } = splitSource(source);
  if (!CALLED.has(type)) return null;
  return { listed, loaded: LOADED.has(type) ? loaded : null, called: calls.get(source) ?? 0 };
}
