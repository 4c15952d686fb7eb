import type { Database } from '../sqlite.js';
import { hoursOf, type Period, type Rows } from './hours.js';

/** Sums over rows of an aggregate. Null: not said of sources. */
export interface Sums {
  requests: number;
  billed: number;
  failed: number | null;
  aborted: number | null;
  priced: number;
  estimated: number | null;
  input_tokens: number;
  cache_read: number | null;
  cache_write: number | null;
  output_tokens: number | null;
  cost_usd: number;
  lost_tokens: number | null;
  lost_usd: number | null;
  latency_ms: number | null;
  latency_known: number | null;
  overhead_ms: number | null;
  overhead_known: number | null;
  feedback_count: number;
  rating_sum: number;
}

/** Sums of one key in one slot of time, and the first and the last hour in it. */
export interface SlotSums extends Sums {
  key: string | null;
  slot: number;
  first: number;
  last: number;
}

const OF_BOTH = {
  requests: 'requests',
  billed: 'billed',
  priced: 'priced',
  input_tokens: 'input_tokens',
  cost_usd: 'cost_usd',
  feedback_count: 'feedback_count',
  rating_sum: 'rating_sum',
};

/** An aggregate: the columns to tell rows apart by, and what its sums are. */
interface Summed {
  aggregate: 'request' | 'source';
  keys: readonly string[];
  sums: Readonly<Partial<Record<keyof Sums, string>>>;
}

export const REQUESTS: Summed = {
  aggregate: 'request',
  keys: ['hour', 'session', 'model'],
  sums: {
    ...OF_BOTH,
    failed: 'failed',
    aborted: 'aborted',
    estimated: 'estimated',
    cache_read: 'cache_read',
    cache_write: 'cache_write',
    output_tokens: 'output_tokens',
    lost_tokens: 'lost_tokens',
    lost_usd: 'lost_usd',
    latency_ms: 'latency_ms',
    latency_known: 'latency_known',
    overhead_ms: 'overhead_ms',
    overhead_known: 'overhead_known',
  },
};

/** `billed` is part of the key of their hours. */
export const SOURCES: Summed = {
  aggregate: 'source',
  keys: ['hour', 'session', 'source'],
  sums: {
    ...OF_BOTH,
    billed: 'billed * requests',
    priced: 'billed * priced',
    input_tokens: 'billed * tokens',
    cost_usd: 'billed * cost_usd',
  },
};

const NOT_SAID_OF_SOURCES = {
  failed: null,
  aborted: null,
  estimated: null,
  cache_read: null,
  cache_write: null,
  output_tokens: null,
  lost_tokens: null,
  lost_usd: null,
  latency_ms: null,
  latency_known: null,
  overhead_ms: null,
  overhead_known: null,
};

/** What to sum up, of a period. */
export function rowsOf(db: Database, { aggregate, keys, sums }: Summed, period: Period): Rows {
  const columns = Object.entries(sums).map(([name, sql]) => `${sql} AS ${name}`);
  return hoursOf(db, aggregate, [...keys, ...columns], period);
}

/** How rows are told apart: by a column, and what name its values have; `none` makes one row of all. */
const KEYS = {
  // The plus keeps SQLite from reading all rows by way of an index on sources, which takes twice as long.
  source: { column: '+source', name: '(SELECT m.source FROM context_source_metrics m WHERE m.id = h.id)' },
  model: { column: 'model', name: "nullif(h.id, '')" },
  session: { column: 'session', name: '(SELECT s.id FROM sessions s WHERE s.n = h.id)' },
  none: { column: 'NULL', name: 'NULL' },
} as const;
type SumKey = keyof typeof KEYS;

/** Slots are `each` hours long and counted from the hour `first`. */
export function sumUp(
  db: Database,
  { sums }: Summed,
  rows: Rows,
  key: SumKey,
  slots: { first: number; each: number },
): SlotSums[] {
  const { column, name } = KEYS[key];
  const columns = Object.keys(sums).map((each) => `sum(${each}) AS ${each}`);
  return db
    .prepare<(string | number)[], SlotSums>(`
      SELECT ${name} AS key, h.*
      FROM (
        SELECT ${column} AS id, CAST((hour - ?) / ? AS INTEGER) AS slot, min(hour) AS first, max(hour) AS last, ${columns.join(', ')}
        FROM ${rows.sql} WHERE requests > 0 GROUP BY id, slot
      ) h`)
    .all(slots.first, slots.each, ...rows.parameters)
    .map((row) => ({ ...NOT_SAID_OF_SOURCES, ...row }));
}

const NAMES = [
  'requests',
  'billed',
  'failed',
  'aborted',
  'priced',
  'estimated',
  'input_tokens',
  'cache_read',
  'cache_write',
  'output_tokens',
  'cost_usd',
  'lost_tokens',
  'lost_usd',
  'latency_ms',
  'latency_known',
  'overhead_ms',
  'overhead_known',
  'feedback_count',
  'rating_sum',
] as const satisfies readonly (keyof Sums)[];

/** Adds a slot to what others of its key add up to. */
export function addSums(into: Omit<SlotSums, 'slot'>, more: Omit<SlotSums, 'slot'>): void {
  for (const name of NAMES) {
    const [sum, next] = [into[name], more[name]];
    // What is null is so in every row.
    if (sum !== null && next !== null) into[name] = sum + next;
  }
  into.first = Math.min(into.first, more.first);
  into.last = Math.max(into.last, more.last);
}
