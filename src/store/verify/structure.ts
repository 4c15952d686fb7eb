import { openMemory } from '../database.js';
import { isDamage } from '../errors.js';
import { appliedMigrations, migrate } from '../migrate.js';
import type { Database } from '../sqlite.js';
import type { NoteDamage } from './damage.js';
import { UNREADABLE, whereReadable } from './readable-rows.js';

/** Findings of SQLite's check that are told of one table. */
const MOST = 100;

/** The text index: a virtual table, which SQLite's own check asks too. */
export const TEXT_INDEX = 'request_texts';

/**
 * SQLite's own checks, table by table: each reads with a snapshot of its own, so that the write-ahead log can be moved into
 * the file between them. The list of free pages is checked with the schema.
 * https://www.sqlite.org/pragma.html#pragma_integrity_check
 */
export function verifyStructure(db: Database, note: NoteDamage): void {
  for (const name of missingFromSchema(db)) note('pages', 'schema', name);
  for (const table of ['sqlite_schema', ...tablesOf(db)]) {
    for (const message of checkTable(db, table)) note(kindOf(message, table), `structure of ${table}`, message);
    for (const parent of missingParents(db, table))
      note('references', `rows of ${table} without their ${parent}`, table);
  }
}

/** `table runs`: what the migrations declared and is not, or not so, in the schema. What somebody added is no damage. */
export function missingFromSchema(db: Database): string[] {
  const applied = whereReadable(() => appliedMigrations(db));
  // Told by the check of that table.
  if (applied === UNREADABLE) return [];
  const model = openMemory();
  const declared = (of: Database) =>
    new Map(
      of
        .prepare<[], [what: string, sql: string | null]>("SELECT type || ' ' || name, sql FROM sqlite_schema")
        .raw()
        .all(),
    );
  try {
    migrate(model, ':memory:', applied);
    const found = declared(db);
    return [...declared(model)].filter(([what, sql]) => found.get(what) !== sql).map(([what]) => what);
  } finally {
    model.close();
  }
}

/** Names of all tables but SQLite's own. Those inside of the text index are among them. */
export function tablesOf(db: Database): string[] {
  return db
    .prepare<[], string>(`
      SELECT name FROM pragma_table_list
      WHERE schema = 'main' AND type IN ('table', 'shadow', 'virtual') AND name NOT LIKE 'sqlite_%' ORDER BY name`)
    .pluck()
    .all();
}

function checkTable(db: Database, table: string): string[] {
  try {
    const messages = db
      .prepare<[], string>(`PRAGMA integrity_check(${quote(table)})`)
      .pluck()
      .all();
    return messages.filter((message) => message !== 'ok').slice(0, MOST);
  } catch (error) {
    if (isDamage(error)) return ['a damaged page'];
    throw error;
  }
}

function missingParents(db: Database, table: string): string[] {
  try {
    return db
      .prepare<[], { parent: string }>(`PRAGMA foreign_key_check(${quote(table)})`)
      .all()
      .map((row) => row.parent);
  } catch (error) {
    // Told by the check of the table.
    if (isDamage(error)) return [];
    throw error;
  }
}

/** The words of sqlite3VdbeIntegrityCheck: these three are said of an index whose table is whole. */
function kindOf(message: string, table: string): 'index' | 'texts' | 'pages' {
  if (table === TEXT_INDEX) return 'texts';
  return /^(row \d+ missing from index|wrong # of entries in index|non-unique entry in index)/.test(message)
    ? 'index'
    : 'pages';
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
