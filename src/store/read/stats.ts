import { matchesGlob } from '../../base/glob.js';
import { roundDollars } from '../../model/dollars.js';
import { mcpToolName } from '../../model/mcp-names.js';
import { splitSource } from '../../model/source.js';
import { groupOf } from '../../model/source-group.js';
import { InvalidFilterError } from '../errors.js';
import type { Database } from '../sqlite.js';
import { HOUR_MS, isOfStored, type Period, periodOf } from './hours.js';
import { LOCAL_SPANS, type LocalSpan, timeOf } from './local-time.js';
import { readMcpTools } from './mcp-figures.js';
import { hoursOf } from './period-rows.js';
import { countRequests } from './query.js';
import { readTools } from './source-uses.js';
import { addSums, KEYS_OF_STORED, MCP_TOOLS, REQUESTS, rowsOf, type SlotSums, SOURCES, sumUp } from './stats-sums.js';

/** What statistics are grouped by. Days, weeks and months are local. */
export const STATS_KEYS = [
  'source',
  'group',
  'mcp-tool',
  'model',
  'session',
  'prompt',
  'project',
  'purpose',
  'agent',
  'hour',
  'day',
  'week',
  'month',
] as const;
export type StatsKey = (typeof STATS_KEYS)[number];

export const STATS_SORTS = ['cost', 'tokens', 'requests', 'rating', 'value', 'lost', 'key'] as const;
export type StatsSort = (typeof STATS_SORTS)[number];

export interface StatsFilter extends Period {
  /**
   * Glob over sources: the figures are then of what these put into requests. A request with several of them counts once for each.
   */
  source?: string | undefined;
  /** Glob over the part of sources after the colon, with the same effect. */
  sourceName?: string | undefined;
}

export interface StatsOptions {
  by: StatsKey;
  /** The largest first; keys of text in alphabetical order. Default: cost, and for times the key, the last first. */
  sort?: StatsSort | undefined;
  limit?: number | undefined;
}

/** Tokens and dollars are of requests with a bill. Null: not known, or not kept by source. */
export interface StatsFigures {
  requests: number;
  billedRequests: number;
  /** Without an answer, with one that was cut off, or with an error instead. */
  failedRequests: number | null;
  /** Stopped by the client; not counted as failed. */
  abortedRequests: number | null;
  /** Billed, but with estimated or unknown output: output and dollars are not exact. */
  estimatedRequests: number | null;
  /** Billed at an unknown price: not included in the dollars. */
  unpricedRequests: number;
  /** For a source: the tokens it put into requests. */
  inputTokens: number;
  cacheReadTokens: number | null;
  cacheWriteTokens: number | null;
  outputTokens: number | null;
  /** Input and output; for a source: its part of the input. */
  costUsd: number | null;
  /** Lost to cache misses: tokens billed again as new, and their extra cost over reading them from the cache. */
  lostTokens: number | null;
  lostUsd: number | null;
  averageLatencyMs: number | null;
  averageProxyOverheadMs: number | null;
  feedbackCount: number;
  /** -1..1 */
  averageRating: number | null;
  /** Good answers per dollar: (average_rating + 1) / 2, divided by the average cost of a request. */
  valuePerUsd: number | null;
  /** Beginnings of the first and the last hour of use. */
  firstUsed: Date | null;
  lastUsed: Date | null;
  /** Input tokens in the spans of `Stats.series`; for a day in its hours, for a week or a month in its days. */
  series: number[];
}

export interface StatsRow extends StatsFigures {
  /**
   * Source, group, name of an MCP tool in requests, model, id of a session or a turn, project, purpose, agent, hour (ISO 8601), first day (YYYY-MM-DD) or month
   * (YYYY-MM); null: requests without one.
   */
  key: string | null;
  /** Of a turn: the first words of its prompt. */
  prompt?: string | null;
  /** Of an MCP tool, whose other figures are those of its definition: how often answers called it. */
  calls?: number;
  /** Tokens of its results, each in the first request that carried it; null where none of its calls was recorded. */
  resultTokens?: number | null;
}

export interface Stats {
  by: StatsKey;
  /** Aggregates count all requests. What they do not keep is known of stored requests only. */
  counts: 'all_requests' | 'stored_requests';
  /** Requests that retention has removed, so that the figures leave them out; null where that is not known. */
  removedRequests: number | null;
  /** IANA name of the zone of days and weeks. */
  timeZone: string;
  /** The spans of `StatsFigures.series`; null when nothing matches. */
  series: { from: Date; hoursEach: number; spans: number } | null;
  total: StatsFigures;
  rows: StatsRow[];
  /** Number of rows without a limit. */
  totalRows: number;
}

/** @throws InvalidFilterError */
export function readStats(
  db: Database,
  { source, sourceName, ...period }: StatsFilter,
  { by, sort, limit }: StatsOptions,
): Stats {
  const isOfSome = source !== undefined || sourceName !== undefined;
  if (isOfSome && by === 'model') {
    throw new InvalidFilterError('source', 'costs of sources are not kept by model');
  }
  const spans = spansOf(db, period);
  const stored = isOfStoredKey(by) || isOfStored(period);
  const sources = idsOf(db, { source, sourceName });
  const ofSources = by === 'source' || by === 'group' || isOfSome ? SOURCES : REQUESTS;
  const summed = by === 'mcp-tool' ? MCP_TOOLS : ofSources;
  const ofStored = isOfStoredKey(by) ? KEYS_OF_STORED[by].column : undefined;
  const chosen = rowsOf(db, summed, period, { stored, key: ofStored, sources });
  const local = isTime(by) ? { ...LOCAL_SPANS[by], since: period.since } : undefined;
  const key = isTime(by) ? 'none' : by === 'group' ? 'source' : by;
  const slots = sumUp(db, summed, chosen, key, isTime(by) ? { first: 0, each: 1 } : spans);
  const collected = collect(by === 'group' ? groupsOf(slots) : slots, spans, local);
  // Without a filter on sources the total is that of whole requests.
  const whole = isOfSome
    ? slots.map((sums) => ({ ...sums, key: null, slot: Math.floor((sums.first - spans.first) / spans.each) }))
    : sumUp(db, REQUESTS, rowsOf(db, REQUESTS, period, { stored }), 'none', spans);
  const [total] = collect(whole, spans);
  const rows = collected.map((row) => ({ key: row.key, ...figures(row) }));
  const shown = sorted(rows, sort ?? (isTime(by) ? 'key' : 'cost'), isTime(by)).slice(0, limit);
  return {
    by,
    counts: stored ? 'stored_requests' : 'all_requests',
    removedRequests: stored ? countRemoved(db, period) : 0,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    series:
      total === undefined ? null : { from: new Date(spans.first * HOUR_MS), hoursEach: spans.each, spans: spans.count },
    total: total === undefined ? NOTHING : figures(total),
    rows: withMore(db, by, shown, period),
    totalRows: rows.length,
  };
}

function groupsOf(slots: readonly SlotSums[]): SlotSums[] {
  return slots.map((sums) => ({ ...sums, key: groupOf(sums.key ?? 'unknown') }));
}

/** Null for a project or an agent: aggregates keep neither. */
function countRemoved(db: Database, period: Period): number | null {
  if (isOfStored(period)) return null;
  const rows = hoursOf(db, 'request', ['requests'], period);
  const all = db.prepare<(string | number)[], number | null>(`SELECT sum(requests) FROM ${rows.sql}`).pluck();
  return (all.get(...rows.parameters) ?? 0) - countRequests(db, periodOf(period));
}

function withMore(db: Database, by: StatsKey, rows: readonly StatsRow[], period: Period): StatsRow[] {
  if (by === 'prompt') return withPrompts(db, rows);
  return by === 'mcp-tool' ? withCalls(db, rows, period) : [...rows];
}

function withCalls(db: Database, rows: readonly StatsRow[], period: Period): StatsRow[] {
  const calls = new Map<string, number>();
  for (const { tool, called } of readTools(db, period)) calls.set(tool, (calls.get(tool) ?? 0) + called);
  const results = new Map<string, number>();
  for (const { server, name, deliveredCalls, tokensGot } of readMcpTools(db, period)) {
    const key = mcpToolName(server, name);
    if (deliveredCalls > 0) results.set(key, (results.get(key) ?? 0) + tokensGot);
  }
  return rows.map(({ key, ...row }) => ({
    key,
    calls: calls.get(key ?? '') ?? 0,
    resultTokens: results.get(key ?? '') ?? null,
    ...row,
  }));
}

function withPrompts(db: Database, rows: readonly StatsRow[]): StatsRow[] {
  const read = db.prepare<[string | null], string | null>('SELECT prompt FROM turns WHERE id = ?').pluck();
  return rows.map(({ key, ...row }) => ({ key, prompt: read.get(key) ?? null, ...row }));
}

function isOfStoredKey(by: StatsKey): by is keyof typeof KEYS_OF_STORED {
  return by in KEYS_OF_STORED;
}

function isTime(by: StatsKey): by is keyof typeof LOCAL_SPANS {
  return by in LOCAL_SPANS;
}

/** Equal spans of whole hours, from the first hour with requests to the last. */
interface Spans {
  first: number;
  each: number;
  count: number;
}

const MAX_SPANS = 24;

function spansOf(db: Database, period: Period): Spans {
  const hours = hoursOf(db, 'request', ['hour'], period);
  const found = db
    .prepare<(string | number)[], { first: number | null; last: number | null }>(
      `SELECT min(hour) AS first, max(hour) AS last FROM ${hours.sql}`,
    )
    .get(...hours.parameters);
  const { first, last } = { first: found?.first ?? 0, last: found?.last ?? 0 };
  const each = Math.ceil((last - first + 1) / MAX_SPANS);
  return { first, each, count: Math.ceil((last - first + 1) / each) };
}

function idsOf(db: Database, { source: id, sourceName }: StatsFilter): number[] | undefined {
  if (id === undefined && sourceName === undefined) return undefined;
  return db
    .prepare<[], { id: number; source: string }>('SELECT id, source FROM context_source_metrics')
    .all()
    .filter(({ source }) => id === undefined || matchesGlob(id, source))
    .filter(({ source }) => sourceName === undefined || matchesGlob(sourceName, splitSource(source).name))
    .map(({ id }) => id);
}

/** Sums of one row over all of its slots. */
interface Collected extends Omit<SlotSums, 'slot'> {
  series: number[];
}

type LocalPeriod = LocalSpan & Pick<Period, 'since'>;

function slotIn(local: LocalPeriod, hour: number): { key: string; slot: number } {
  const time = timeOf(hour, local.since);
  return { key: local.keyOf(time), slot: local.slotOf(time) };
}

function collect(slots: readonly SlotSums[], spans: Spans, local?: LocalPeriod): Collected[] {
  const rows = new Map<string | null, Collected>();
  for (const { slot: number, ...sums } of slots) {
    const { key, slot } = local === undefined ? { key: sums.key, slot: number } : slotIn(local, number);
    const row = rows.get(key);
    const series = row?.series ?? Array<number>(local?.slots ?? spans.count).fill(0);
    series[slot] = (series[slot] ?? 0) + sums.input_tokens;
    if (row === undefined) rows.set(key, { ...sums, key, series });
    else addSums(row, sums);
  }
  return [...rows.values()];
}

const NOTHING: StatsFigures = {
  requests: 0,
  billedRequests: 0,
  failedRequests: 0,
  abortedRequests: 0,
  estimatedRequests: 0,
  unpricedRequests: 0,
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  costUsd: null,
  lostTokens: 0,
  lostUsd: null,
  averageLatencyMs: null,
  averageProxyOverheadMs: null,
  feedbackCount: 0,
  averageRating: null,
  valuePerUsd: null,
  firstUsed: null,
  lastUsed: null,
  series: [],
};

function figures(sums: Collected): StatsFigures {
  const cost = sums.priced > 0 ? sums.cost_usd : null;
  const rating = ratio(sums.rating_sum, sums.feedback_count);
  return {
    requests: sums.requests,
    billedRequests: sums.billed,
    failedRequests: sums.failed,
    abortedRequests: sums.aborted,
    estimatedRequests: sums.estimated,
    unpricedRequests: sums.billed - sums.priced,
    inputTokens: sums.input_tokens,
    cacheReadTokens: sums.cache_read,
    cacheWriteTokens: sums.cache_write,
    outputTokens: sums.output_tokens,
    costUsd: roundDollars(cost),
    lostTokens: sums.lost_tokens,
    lostUsd: cost === null ? null : roundDollars(sums.lost_usd),
    averageLatencyMs: ratio(sums.latency_ms, sums.latency_known),
    averageProxyOverheadMs: ratio(sums.overhead_ms, sums.overhead_known),
    feedbackCount: sums.feedback_count,
    averageRating: rating,
    valuePerUsd: rating === null ? null : ratio(((rating + 1) / 2) * sums.priced, cost),
    firstUsed: new Date(sums.first * HOUR_MS),
    lastUsed: new Date(sums.last * HOUR_MS),
    series: sums.series,
  };
}

function ratio(sum: number | null, count: number | null): number | null {
  return sum === null || count === null || count <= 0 ? null : sum / count;
}

const SORTED_BY: Readonly<Record<Exclude<StatsSort, 'key'>, (row: StatsRow) => number | null>> = {
  cost: (row) => row.costUsd,
  tokens: (row) => row.inputTokens + (row.outputTokens ?? 0),
  requests: (row) => row.requests,
  rating: (row) => row.averageRating,
  value: (row) => row.valuePerUsd,
  lost: (row) => row.lostUsd,
};

/** The largest first, unknown values last; equal ones by tokens, then by key. */
function sorted(rows: readonly StatsRow[], by: StatsSort, isOfTime: boolean): StatsRow[] {
  const byKey = (a: StatsRow, b: StatsRow) => {
    const order = (a.key ?? '') < (b.key ?? '') ? -1 : 1;
    return isOfTime ? -order : order;
  };
  if (by === 'key') return [...rows].sort(byKey);
  const value = SORTED_BY[by];
  const descending = (a: number, b: number) => (a === b ? 0 : b - a);
  return [...rows].sort(
    (a, b) =>
      descending(value(a) ?? Number.NEGATIVE_INFINITY, value(b) ?? Number.NEGATIVE_INFINITY) ||
      descending(a.inputTokens, b.inputTokens) ||
      byKey(a, b),
  );
}
