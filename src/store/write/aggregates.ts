import type { Database } from '../sqlite.js';

export interface Aggregates {
  /** Adds the contributions of a request that was just stored. Must be called in its transaction. */
  begin(request: number): void;
  /**
   * Changes a stored request: subtracts its contributions, runs the change, and adds its new contributions. Must be called in the
   * transaction of the change.
   */
  recount(request: number, change: () => void): void;
  /** Ids of the sources that lost a use since the last call. */
  takeLosers(): number[];
}

/** A table of sums over the contributions of a view. */
export interface Aggregate {
  table: string;
  view: string;
  key: readonly string[];
  sums: readonly string[];
}

export const AGGREGATES: readonly Aggregate[] = [
  {
    table: 'request_hours',
    view: 'request_contributions',
    key: ['hour', 'session', 'model'],
    sums: [
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
      'input_cost_usd',
      'cost_usd',
      'lost_tokens',
      'lost_usd',
      'latency_ms',
      'latency_known',
      'overhead_ms',
      'overhead_known',
      'feedback_count',
      'rating_sum',
    ],
  },
  {
    table: 'source_hours',
    view: 'source_contributions',
    key: ['hour', 'session', 'source', 'billed'],
    sums: [
      'requests',
      'tokens',
      'cost_usd',
      'priced',
      'idle_tokens',
      'idle_cost_usd',
      'listed',
      'loaded',
      'feedback_count',
      'rating_sum',
    ],
  },
  {
    table: 'tool_hours',
    view: 'tool_contributions',
    key: ['hour', 'session', 'tool', 'billed'],
    sums: ['tokens', 'cost_usd', 'priced', 'listed', 'loaded', 'calls'],
  },
];

/** Moves the all-time totals of a source, whose row already exists. */
const MOVE_SOURCE = `
  UPDATE context_source_metrics SET
    usage_count = usage_count + @requests, total_tokens = total_tokens + @tokens, cost_usd = cost_usd + @cost_usd,
    feedback_count = feedback_count + @feedback_count, rating_sum = ${sumOf('rating_sum', '@rating_sum')},
    created_at = min(created_at, @at), last_used = max(last_used, @at)
  WHERE id = @source`;

/** One row of a view, by column name. */
type Contribution = Record<string, number | string>;

/**
 * Keeps each aggregate the sum of the contributions of all requests (views `…_contributions`). They also count requests that
 * retention has removed, so a change moves them by the difference, and they are never calculated again from what is stored.
 */
export function createAggregates(db: Database): Aggregates {
  const moves = AGGREGATES.map((aggregate) => ({
    ...aggregate,
    read: db.prepare<[number], Contribution>(`SELECT * FROM ${aggregate.view} WHERE request = ?`),
    write: [upsertOf(aggregate), ...(aggregate.view === 'source_contributions' ? [MOVE_SOURCE] : [])].map((sql) =>
      db.prepare<[Contribution]>(sql),
    ),
  }));

  const losers = new Set<number>();

  const [ofRequests] = moves;

  return {
    begin(request) {
      for (const row of ofRequests?.read.all(request) ?? []) {
        for (const statement of ofRequests?.write ?? []) statement.run(row);
      }
    },
    takeLosers() {
      const taken = [...losers];
      losers.clear();
      return taken;
    },
    recount(request, change) {
      const before = moves.map(({ read }) => read.all(request));
      change();
      for (const [index, { view, read, key, sums, write }] of moves.entries()) {
        for (const moved of differences(before[index] ?? [], read.all(request), key, sums)) {
          for (const statement of write) statement.run(moved);
          if (view === 'source_contributions' && Number(moved.requests) < 0) losers.add(Number(moved.source));
        }
      }
    },
  };
}

function upsertOf({ table, key, sums }: Aggregate): string {
  const columns = [...key, ...sums];
  return `
    INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((column) => `@${column}`).join(', ')})
    ON CONFLICT (${key.join(', ')}) DO UPDATE SET
      ${sums.map((column) => `${column} = ${sumOf(column, `excluded.${column}`)}`).join(', ')}`;
}

/** Sums of ratings are rounded to billionths: in binary fractions a rating that was removed would leave a trace in the last digits. */
function sumOf(column: string, added: string): string {
  return column === 'rating_sum' ? `round(${column} + ${added}, 9)` : `${column} + ${added}`;
}

function amount(row: Contribution | undefined, column: string): number {
  const value = Number(row?.[column] ?? 0);
  return column === 'rating_sum' ? Math.round(value * 1e9) / 1e9 : value;
}

/** What to add to each row of an aggregate, without rows that do not change. */
function differences(
  before: readonly Contribution[],
  after: readonly Contribution[],
  key: readonly string[],
  sums: readonly string[],
): Contribution[] {
  const moved: Contribution[] = [];
  const nameOf = (row: Contribution) => key.map((column) => row[column]).join('\n');
  const move = (row: Contribution, from: Contribution | undefined, to: Contribution | undefined) => {
    const difference = sums.map((column) => [column, amount(to, column) - amount(from, column)] as const);
    if (difference.some(([, value]) => value !== 0)) moved.push({ ...row, ...Object.fromEntries(difference) });
  };
  const later = new Map(after.map((row) => [nameOf(row), row]));
  const earlier = new Map(before.map((row) => [nameOf(row), row]));
  for (const [name, row] of later) move(row, earlier.get(name), row);
  for (const [name, row] of earlier) if (!later.has(name)) move(row, row, undefined);
  return moved;
}

/** Call it after replacing attributions or requests: removes hours without contributions. */
export function clearEmptyHours(db: Database): void {
  db.exec(`
    DELETE FROM request_hours WHERE requests = 0;
    DELETE FROM source_hours WHERE requests = 0;
    DELETE FROM tool_hours WHERE listed = 0 AND calls = 0;
  `);
}

/**
 * Tidies up a source that lost uses: without uses it is removed. Otherwise its first and last use are found again, if all of its
 * requests are still stored.
 */
export function settleSource(db: Database, source: number): void {
  db.prepare(`
    DELETE FROM context_source_metrics
    WHERE id = @source AND usage_count = 0
      AND NOT EXISTS (SELECT 1 FROM source_hours WHERE source = @source)
      AND NOT EXISTS (SELECT 1 FROM source_set_members WHERE source = @source)`).run({ source });
  db.prepare(`
    UPDATE context_source_metrics SET created_at = used.first, last_used = used.last
    FROM (
      SELECT min(r.initiated) AS first, max(r.initiated) AS last, count(*) AS uses
      FROM source_set_members s
      JOIN captured_responses p ON p.source_set = s.source_set
      JOIN captured_requests r ON r.n = p.request
      WHERE s.source = @source
    ) used
    WHERE id = @source AND used.uses = usage_count`).run({ source });
}
