import { openMemory } from '../database.js';
import { isDamage } from '../errors.js';
import { appliedMigrations, migrate } from '../migrate.js';
import type { Database } from '../sqlite.js';
import type { NoteDamage } from './damage.js';
import { UNREADABLE, whereReadable } from './readable-rows.js';

/** Maximum number of findings of SQLite's check for one table. */
const MAX_MESSAGES = 100;

/** The text index, a virtual table that SQLite's check covers, too. */
export const TEXT_INDEX = 'request_texts';

/**
 * SQLite's own checks, table by table, each in its own snapshot, so that the write-ahead log can be moved into the file between
 * them. The list of free pages is checked with the schema.
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

/** Such as `table runs`: what the migrations declare and the schema does not have in the same form. Additions are not damage. */
export function missingFromSchema(db: Database): string[] {
  const applied = whereReadable(() => appliedMigrations(db));
  // The check of that table reports it.
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

/** Names of all tables except SQLite's own, including the internal tables of the text index. */
export function tablesOf(db: Database): string[] {
  return db
    .prepare<[], string>(`
      SELECT name FROM pragma_table_list
      WHERE schema = 'main' AND type IN ('table', 'shadow', 'virtual') AND name NOT LIKE 'sqlite_%' ORDER BY name`)
    .pluck()
    .all();
}

/** Whether SQLite's check finds nothing wrong with a table and its indexes. */
export function isIntact(db: Database, table: string): boolean {
  return checkTable(db, table).length === 0;
}

function checkTable(db: Database, table: string): string[] {
  try {
    const messages = db
      .prepare<[], string>(`PRAGMA integrity_check(${quote(table)})`)
      .pluck()
      .all();
    return messages.filter((message) => message !== 'ok').slice(0, MAX_MESSAGES);
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
    // The check of the table reports it.
    if (isDamage(error)) return [];
    throw error;
  }
}

/** By the messages of sqlite3VdbeIntegrityCheck: these three are about an index whose table is intact. */
function kindOf(message: string, table: string): 'index' | 'texts' | 'pages' {
  if (table === TEXT_INDEX) return 'texts';
  return /^(row \d+ missing from index|wrong # of entries in index|non-unique entry in index)/.test(message)
    ? 'index'
    : 'pages';
}

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
