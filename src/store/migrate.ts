import { NewerSchemaError } from './errors.js';
import { MIGRATIONS } from './migrations/index.js';
import type { Migration } from './migrations/migration.js';
import type { Database } from './sqlite.js';

/**
 * Applies the missing migrations in order, each in its own transaction. Several processes may start at once: the second finds
 * the work done when it gets the lock.
 *
 * @param names of the migrations to apply; default: all
 * @throws NewerSchemaError when the database has a migration that this version does not know
 */
export function migrate(db: Database, file: string, names?: readonly string[]): void {
  for (const migration of pendingMigrations(db, file)) {
    if (names?.includes(migration.name) === false) continue;
    db.transaction(() => {
      if (appliedMigrations(db).includes(migration.name)) return;
      db.exec('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at REAL NOT NULL) WITHOUT ROWID');
      migration.up(db);
      db.prepare('INSERT INTO migrations (name, applied_at) VALUES (?, ?)').run(migration.name, Date.now());
      db.pragma(`user_version = ${MIGRATIONS.indexOf(migration) + 1}`);
    }).immediate();
  }
}

/** @throws NewerSchemaError */
export function pendingMigrations(db: Database, file: string): Migration[] {
  const applied = appliedMigrations(db);
  const unknown = applied.find((name) => !MIGRATIONS.some((migration) => migration.name === name));
  if (unknown !== undefined) throw new NewerSchemaError(file, unknown);
  return MIGRATIONS.filter((migration) => !applied.includes(migration.name));
}

export function appliedMigrations(db: Database): string[] {
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migrations'").get();
  if (table === undefined) return [];
  return db.prepare<[], string>('SELECT name FROM migrations ORDER BY name').pluck().all();
}
