import { expect } from 'vitest';
import { openDatabase } from '../../../src/store/database.js';
import type { Database } from '../../../src/store/sqlite.js';
import { AGGREGATES } from '../../../src/store/write/aggregates.js';
import { tempDatabase } from '../support/temp-database.js';

type Row = Record<string, unknown>;

function ask<Answer>(file: string, question: (db: Database) => Answer): Answer {
  const db = openDatabase(file, { readonly: true });
  try {
    return question(db);
  } finally {
    db.close();
  }
}

export function linksOfBodies(file: string): unknown[] {
  return ask(file, (db) => db.prepare('SELECT * FROM body_chains ORDER BY request, side, position').all());
}

/** As long as no request was removed, an aggregate is exactly the sum of its view. */
export function expectAggregatesToBeSums(file: string): void {
  ask(file, (db) => {
    for (const { table, view, key, sums } of AGGREGATES) {
      const columns = (column: (name: string) => string) =>
        [...key, ...sums.map((name) => `round(${column(name)}, 9) AS ${name}`)].join(', ');
      const order = key.join(', ');
      const stored = db.prepare<[], Row>(`SELECT ${columns((name) => name)} FROM ${table} ORDER BY ${order}`).all();
      const sum = `SELECT ${columns((name) => `sum(${name})`)} FROM ${view} GROUP BY ${order} ORDER BY ${order}`;
      expect(stored, table).toEqual(db.prepare(sum).all());
    }
    const totals = (sql: string) => db.prepare<[], Row>(sql).all();
    expect(totals('SELECT id, usage_count, total_tokens FROM context_source_metrics ORDER BY id')).toEqual(
      totals(`
        SELECT source AS id, sum(requests) AS usage_count, sum(tokens) AS total_tokens
        FROM source_contributions GROUP BY source ORDER BY source`),
    );
  });
}

export function expectSetsOfSources(file: string): void {
  ask(file, (db) => {
    const pairs = (sql: string) => db.prepare(`${sql} ORDER BY 1, 2`).all();
    expect(
      pairs(`
        SELECT p.request, m.source FROM captured_responses p JOIN source_set_members m ON m.source_set = p.source_set`),
    ).toEqual(pairs('SELECT DISTINCT request, source FROM context_attributions'));
  });
}

/** Everything in a schema except comments and white space. */
export function schemaOf(db: Database): string[] {
  return db
    .prepare<[], string>(
      `SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY type, name`,
    )
    .pluck()
    .all()
    .map((sql) => sql.replace(/--[^\n]*/g, '').replace(/\s+/g, ' '));
}

/** The schema of a new database. */
export function newestSchema(): string[] {
  const file = tempDatabase();
  openDatabase(file, { readonly: false }).close();
  return ask(file, schemaOf);
}
