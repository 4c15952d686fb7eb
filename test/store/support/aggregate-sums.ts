import type { Database } from '../../../src/store/sqlite.js';

/** Sums by table and key: of the aggregates as they are stored, or of what they should be. */
export type Sums = Map<string, Record<string, number>>;

type Row = Record<string, number | string>;

const AGGREGATES = [
  { table: 'request_hours', view: 'request_contributions', key: ['hour', 'session', 'model'] },
  { table: 'source_hours', view: 'source_contributions', key: ['hour', 'session', 'source', 'billed'] },
  { table: 'tool_hours', view: 'tool_contributions', key: ['hour', 'session', 'tool', 'billed'] },
] as const;

/** Columns of `context_source_metrics`, and what they add up in `source_contributions`. */
const SOURCE_TOTALS = {
  usage_count: 'requests',
  total_tokens: 'tokens',
  cost_usd: 'cost_usd',
  feedback_count: 'feedback_count',
  rating_sum: 'rating_sum',
};

/** The stored aggregates. */
export function storedSums(db: Database): Sums {
  const sums: Sums = new Map();
  for (const { table, key } of AGGREGATES) {
    for (const row of rowsOf(db, `SELECT * FROM ${table}`)) add(sums, table, row, key, sumsOf(db, table, key));
  }
  const totals = Object.keys(SOURCE_TOTALS);
  for (const row of rowsOf(db, 'SELECT *, id AS source FROM context_source_metrics')) {
    add(sums, 'sources', row, ['source'], totals);
  }
  return withoutZeros(sums);
}

/** The contributions of the stored requests. */
export function contributedSums(db: Database): Sums {
  const sums: Sums = new Map();
  for (const { table, view, key } of AGGREGATES) {
    for (const row of rowsOf(db, `SELECT * FROM ${view}`)) add(sums, table, row, key, sumsOf(db, table, key));
  }
  for (const row of rowsOf(db, 'SELECT * FROM source_contributions')) {
    const totals = Object.entries(SOURCE_TOTALS).map(([name, column]) => [name, Number(row[column])]);
    add(sums, 'sources', { ...Object.fromEntries(totals), source: row.source }, ['source'], Object.keys(SOURCE_TOTALS));
  }
  return withoutZeros(sums);
}

/** Where two sums differ by more than rounding; empty when they are the same. */
export function differences(left: Sums, right: Sums): string[] {
  const keys = new Set([...left.keys(), ...right.keys()]);
  return [...keys].flatMap((key) => {
    const [one = {}, other = {}] = [left.get(key), right.get(key)];
    return Object.keys({ ...one, ...other }).flatMap((column) => {
      const [a, b] = [one[column] ?? 0, other[column] ?? 0];
      return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a)) ? [] : [`${key} ${column}: ${a}, ${b}`];
    });
  });
}

/** The sum of `of` and `more`. */
export function together(of: Sums, more: Sums): Sums {
  const sums: Sums = new Map();
  for (const each of [of, more]) {
    for (const [key, row] of each) addTo(sums, key, row);
  }
  return withoutZeros(sums);
}

function rowsOf(db: Database, sql: string): Row[] {
  return db.prepare<[], Row>(sql).all();
}

function sumsOf(db: Database, table: string, key: readonly string[]): string[] {
  const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
  return columns.filter((column) => !key.includes(column));
}

function add(sums: Sums, table: string, row: Row, key: readonly string[], columns: readonly string[]): void {
  const name = [table, ...key.map((column) => row[column])].join(' ');
  addTo(sums, name, Object.fromEntries(columns.map((column) => [column, Number(row[column])])));
}

function addTo(sums: Sums, key: string, row: Record<string, number>): void {
  const sum = sums.get(key) ?? {};
  for (const [column, value] of Object.entries(row)) sum[column] = (sum[column] ?? 0) + value;
  sums.set(key, sum);
}

/** A row of zeros is equal to no row. */
function withoutZeros(sums: Sums): Sums {
  return new Map([...sums].filter(([, row]) => Object.values(row).some((value) => Math.abs(value) > 1e-9)));
}
