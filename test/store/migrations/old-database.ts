import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { MIGRATIONS } from '../../../src/store/migrations/index.js';
import type { Database } from '../../../src/store/sqlite.js';
import { Sqlite } from '../../support/sqlite.js';
import { tempDatabase } from '../support/temp-database.js';

/** A database made by the first migrations only, open for rows as that version wrote them; the test closes it. */
export function oldDatabase(count: number): { file: string; db: Database } {
  const file = tempDatabase();
  mkdirSync(dirname(file));
  const db = new Sqlite(file);
  db.pragma('auto_vacuum = INCREMENTAL');
  db.pragma(`application_id = ${0x43547263}`);
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at REAL NOT NULL) WITHOUT ROWID');
  for (const migration of MIGRATIONS.slice(0, count)) {
    migration.up(db);
    db.prepare('INSERT INTO migrations VALUES (?, 0)').run(migration.name);
  }
  db.pragma(`user_version = ${count}`);
  return { file, db };
}
