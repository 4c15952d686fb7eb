import { existsSync } from 'node:fs';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import { loadSqlite } from '../../src/store/sqlite.js';

export interface Stored {
  stored: number;
  attributed: number;
  cutBodies: number;
}

const NOTHING: Stored = { stored: 0, attributed: 0, cutBodies: 0 };

/** Counts in the product's database what the load client sent. Opened again each time: the product makes it when it starts. */
export function countStored(database: string): Stored {
  if (!existsSync(database)) return NOTHING;
  const db = new (loadSqlite())(database, { readonly: true });
  try {
    const count = (sql: string) => Number(db.prepare(sql).pluck().get());
    // The product is still making the tables.
    if (count('PRAGMA user_version') < MIGRATIONS.length) return NOTHING;
    return {
      stored: count("SELECT count(*) FROM captured_requests WHERE kind = 'messages' AND state = 'complete'"),
      attributed: count('SELECT count(*) FROM captured_responses WHERE attribution_version IS NOT NULL'),
      cutBodies: count('SELECT count(*) FROM captured_bodies WHERE truncated'),
    };
  } finally {
    db.close();
  }
}
