import type { Database } from '../sqlite.js';
import type { Aggregate, Period, Rows } from './hours.js';
import { hoursOf, type StoredKey, storedRows } from './period-rows.js';

/** Columns that are summed for requests and for sources. */
const SHARED = ['requests', 'billed', 'priced', 'input_tokens', 'cost_usd', 'feedback_count', 'rating_sum'] as const;

/** Columns that are summed for requests only. */
const OF_REQUESTS = [
  'failed',
  'aborted',
  'estimated',
  'cache_read',
  'cache_write',
  'output_tokens',
  'lost_tokens',
  'lost_usd',
  'latency_ms',
  'latency_known',
  'overhead_ms',
  'overhead_known',
] as const;

const ALL = [...SHARED, ...OF_REQUESTS] as const;

/** Sums over rows of an aggregate; null where it is not kept by source. */
type Sums = Record<(typeof SHARED)[number], number> & Record<(typeof OF_REQUESTS)[number], number | null>;

/** Sums of one key in one slot of time, with the first and the last hour in it. */
export interface SlotSums extends Sums {
  key: string | null;
  slot: number;
  first: number;
  last: number;
}

/** An aggregate: its key columns, and the SQL of each sum. */
interface Summed {
  aggregate: Aggregate;
  keys: readonly string[];
  sums: Readonly<Partial<Record<keyof Sums, string>>>;
  /** Condition of rows that count for anything. */
  isUsed: string;
}

const NAMES = Object.fromEntries(ALL.map((name) => [name, name]));

export const REQUESTS: Summed = {
  aggregate: 'request',
  keys: ['hour', 'session', 'model'],
  sums: NAMES,
  isUsed: 'requests > 0',
};

/** `billed` is part of the key of their hours. */
export const SOURCES: Summed = {
  aggregate: 'source',
  keys: ['hour', 'session', 'source'],
  sums: {
    requests: 'requests',
    billed: 'billed * requests',
    priced: 'billed * priced',
    input_tokens: 'billed * tokens',
    cost_usd: 'billed * cost_usd',
    feedback_count: 'feedback_count',
    rating_sum: 'rating_sum',
  },
  isUsed: 'requests > 0',
};

/** Figures of MCP tools: what their definitions put into requests. */
export const MCP_TOOLS: Summed = {
  aggregate: 'tool',
  keys: ['hour', 'session', 'tool', 'calls'],
  sums: {
    requests: 'listed',
    billed: 'billed * listed',
    priced: 'billed * priced',
    input_tokens: 'billed * tokens',
    cost_usd: 'billed * cost_usd',
    feedback_count: '0',
    rating_sum: '0.0',
  },
  // Deferred tools are called although no request listed them.
  isUsed: 'requests > 0 OR calls > 0',
};

interface Choice {
  /** Only requests that are still stored. */
  stored: boolean;
  /** A column that only these have. */
  key?: StoredKey | undefined;
  /** Ids; default: all. */
  sources?: readonly number[] | undefined;
}

/** The rows of an aggregate in a period. */
export function rowsOf(
  db: Database,
  { aggregate, keys, sums }: Summed,
  period: Period,
  { stored, key, sources }: Choice,
): Rows {
  const columns = [...keys, ...Object.entries(sums).map(([name, sql]) => `${sql} AS ${name}`)];
  const { sql, parameters } = stored
    ? storedRows(db, aggregate, columns, period, { key, sources })
    : hoursOf(db, aggregate, columns, period);
  if (aggregate === 'tool') return { sql: `(SELECT * FROM ${sql} WHERE tool IN (${mcpTools(sources)}))`, parameters };
  const chosen = sources === undefined ? sql : `(SELECT * FROM ${sql} WHERE source IN (${sources.join(', ')}))`;
  return { sql: chosen, parameters };
}

/** Built-in tools are counted with them when they are called. */
function mcpTools(sources: readonly number[] | undefined): string {
  const ofSources = `AND source IN (SELECT source FROM context_source_metrics WHERE id IN (${sources?.join(', ')}))`;
  return `SELECT id FROM tools WHERE source GLOB 'mcp:*' ${sources === undefined ? '' : ofSources}`;
}

/** Keys that aggregates do not have. */
export const KEYS_OF_STORED = {
  prompt: { column: 'turn', name: '(SELECT u.id FROM turns u WHERE u.n = h.id)' },
  project: { column: 'project', name: '(SELECT u.cwd FROM runs u WHERE u.n = h.id)' },
  purpose: { column: 'purpose', name: 'h.id' },
  agent: { column: 'agent', name: 'h.id' },
} as const;

/** What rows can be grouped by: a column, and the SQL that names its values; `none` makes one row of all. */
const KEYS = {
  // The plus keeps SQLite from reading all rows along an index on sources, which takes twice as long.
  source: { column: '+source', name: '(SELECT m.source FROM context_source_metrics m WHERE m.id = h.id)' },
  model: { column: 'model', name: "nullif(h.id, '')" },
  'mcp-tool': { column: 'tool', name: '(SELECT t.name FROM tools t WHERE t.id = h.id)' },
  session: { column: 'session', name: '(SELECT s.id FROM sessions s WHERE s.n = h.id)' },
  ...KEYS_OF_STORED,
  none: { column: 'NULL', name: 'NULL' },
} as const;

/** @param slots of `each` hours, counted from the hour `first` */
export function sumUp(
  db: Database,
  { sums, isUsed }: Summed,
  rows: Rows,
  key: keyof typeof KEYS,
  slots: { first: number; each: number },
): SlotSums[] {
  const { column, name } = KEYS[key];
  const columns = ALL.map((each) => `${sums[each] === undefined ? 'NULL' : `sum(${each})`} AS ${each}`);
  return db
    .prepare<(string | number)[], SlotSums>(`
      SELECT ${name} AS key, h.*
      FROM (
        SELECT ${column} AS id, CAST((hour - ?) / ? AS INTEGER) AS slot, min(hour) AS first, max(hour) AS last, ${columns.join(', ')}
        FROM ${rows.sql} WHERE ${isUsed} GROUP BY id, slot
      ) h`)
    .all(slots.first, slots.each, ...rows.parameters);
}

/** Adds a slot to the sum of other slots with the same key. */
export function addSums(into: Omit<SlotSums, 'slot'>, more: Omit<SlotSums, 'slot'>): void {
  for (const name of ALL) {
    const [sum, next] = [into[name], more[name]];
    // A column is null in every row or in none.
    if (sum !== null && next !== null) into[name] = sum + next;
  }
  into.first = Math.min(into.first, more.first);
  into.last = Math.max(into.last, more.last);
}
