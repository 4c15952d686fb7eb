import { matchesGlob } from '../../base/glob.js';
import { mcpToolName } from '../../model/mcp-names.js';
import { splitSource } from '../../model/source.js';
import { groupOf } from '../../model/source-group.js';
import { InvalidFilterError } from '../errors.js';
import type { Database } from '../sqlite.js';
import { HOUR_MS, isOfStored, type Period } from './hours.js';
import { LOCAL_SPANS } from './local-time.js';
import { readMcpTools } from './mcp-figures.js';
import { countRemoved, countRemovedAtEnds } from './removed.js';
import { readTools } from './source-uses.js';
import { figures, NOTHING, type StatsFigures, type StatsRow } from './stats-figures.js';
import { type StatsSort, sorted } from './stats-order.js';
import { collect, spansOf } from './stats-series.js';
import { KEYS_OF_STORED, MCP_TOOLS, REQUESTS, rowsOf, type SlotSums, SOURCES, sumUp } from './stats-sums.js';

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

export interface Stats {
  by: StatsKey;
  /** Aggregates count all requests. What they do not keep is known of stored requests only. */
  counts: 'all_requests' | 'stored_requests';
  /** Requests that retention has removed, so that the figures leave them out; null where that is not known. */
  removedRequests: number | null;
  /**
   * Requests that retention has removed from the hours in which the period begins and ends. The figures leave them out: how many of
   * them were in the period is not known. Null where their number is not known either.
   */
  removedAtEnds: number | null;
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
    removedAtEnds: countRemovedAtEnds(db, period),
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

function idsOf(db: Database, { source: id, sourceName }: StatsFilter): number[] | undefined {
  if (id === undefined && sourceName === undefined) return undefined;
  return db
    .prepare<[], { id: number; source: string }>('SELECT id, source FROM context_source_metrics')
    .all()
    .filter(({ source }) => id === undefined || matchesGlob(id, source))
    .filter(({ source }) => sourceName === undefined || matchesGlob(sourceName, splitSource(source).name))
    .map(({ id }) => id);
}
