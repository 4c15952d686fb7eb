import type { Database } from '../sqlite.js';
import { AGGREGATES, type Aggregate } from '../write/aggregates.js';
import type { NoteDamage } from './damage.js';
import { readableRows } from './readable-rows.js';

/**
 * An aggregate also counts removed requests, so it can be more than the sum of what is stored, but never less. Sums of ratings are
 * not checked: removed ratings may have been negative.
 */
export function verifyAggregates(db: Database, note: NoteDamage): void {
  for (const aggregate of AGGREGATES) {
    const rows = db.prepare<[], string>(lessThanStored(aggregate)).pluck().all();
    for (const row of rows) note('aggregates', `rows of ${aggregate.table} less than what is stored`, row);
  }
  const sources = db.prepare<[], string>(`
    SELECT m.source FROM context_source_metrics m
    JOIN (SELECT source, sum(requests) AS requests FROM source_hours GROUP BY source) h ON h.source = m.id
    WHERE m.usage_count < h.requests`);
  for (const source of sources.pluck().all()) {
    note('aggregates', 'sources with fewer uses than their hours tell', source);
  }
}

const REQUESTS = 1_000;

/** The set of sources of a request must contain exactly the sources that it has shares of. */
export function verifySourceSets(db: Database, note: NoteDamage): void {
  const statement = db.prepare<[number, number], { request: number }>(`
    SELECT p.request FROM captured_responses p
    WHERE p.request >= ? AND p.request < ? AND (
      EXISTS (
        SELECT 1 FROM context_attributions a WHERE a.request = p.request
          AND NOT EXISTS (SELECT 1 FROM source_set_members m WHERE m.source = a.source AND m.source_set = p.source_set)
      ) OR EXISTS (
        SELECT 1 FROM source_set_members m WHERE m.source_set = p.source_set
          AND NOT EXISTS (SELECT 1 FROM context_attributions a WHERE a.request = p.request AND a.source = m.source)
      )
    )`);
  const keys = { table: 'captured_responses', key: 'request' };
  for (const { rows } of readableRows(db, keys, statement, REQUESTS, () => {})) {
    for (const { request } of rows) note('aggregates', 'requests with another set of sources', `row ${request}`);
  }
}

function lessThanStored({ table, view, key, sums }: Aggregate): string {
  // Sums of the same dollars in different orders differ in their last digits.
  const less = sums
    .filter((column) => column !== 'rating_sum')
    .map((column) => `coalesce(a.${column}, 0) < c.${column} - 1e-6 - 1e-12 * abs(c.${column})`);
  return `
    SELECT ${key.map((column) => `c.${column}`).join(` || ' ' || `)}
    FROM (${contributed(view, key, sums)}) c LEFT JOIN ${table} a USING (${key.join(', ')})
    WHERE ${less.join(' OR ')}`;
}

/** The sums of what is stored: those of the aggregate if no request had ever been removed. */
export function contributed(view: string, key: readonly string[], sums: readonly string[]): string {
  const columns = [...key, ...sums.map((column) => `sum(${column}) AS ${column}`)];
  return `SELECT ${columns.join(', ')} FROM ${view} GROUP BY ${key.join(', ')}`;
}
