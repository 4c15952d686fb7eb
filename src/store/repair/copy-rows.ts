import { codeOf } from '../../base/error-text.js';
import type { Database } from '../sqlite.js';
import { readableRows, UNREADABLE, whereReadable } from '../verify/readable-rows.js';
import { isIntact, quote, TEXT_INDEX } from '../verify/structure.js';

/** Rows of one table that could not be saved. */
export interface LostRows {
  table: string;
  /** Keys whose rows SQLite could not read, rows that do not fit the table, and rows that refer to lost rows. */
  count: number;
}

export type NoteLost = (table: string, count: number) => void;

/** Keys copied in one transaction. A slice can be a whole response. */
const KEYS = 500;
const SLICES = 16;

interface Table {
  name: string;
  /** As SQLite names it: shadow tables are the internal tables of the text index. */
  type: 'table' | 'shadow';
  columns: string[];
  /** The integer column that its primary key begins with; null where that is text. */
  key: string | null;
}

/** Tables that the migrations fill. */
const MADE_BY_MIGRATIONS = new Set(['migrations']);

/**
 * Copies every readable row from one database to another of the same schema, without checking foreign keys. Rows that do not fit
 * are lost: a damaged page can look like a readable one.
 */
export function copyRows(
  from: Database,
  to: Database,
  lost: NoteLost,
  onProgress: (done: number, total: number) => void,
): void {
  const all = copiedTables(to);
  const present = new Set(copiedTables(from).map(({ name }) => name));
  // Rows of a damaged text index cannot even be replaced.
  const losesTexts = all.some(({ type }) => type === 'shadow') && !isIntact(from, TEXT_INDEX);
  if (losesTexts) lost(TEXT_INDEX, 1);
  const tables = losesTexts ? all.filter(({ type }) => type !== 'shadow') : all;
  for (const [index, table] of tables.entries()) {
    if (!present.has(table.name)) lost(table.name, 1);
    else if (table.type === 'shadow' || table.key === null) copyWhole(from, to, table, lost);
    else copyByKey(from, to, { ...table, key: table.key }, lost);
    onProgress(index + 1, tables.length);
  }
}

function copiedTables(db: Database): Table[] {
  const tables = db
    .prepare<[], Pick<Table, 'name' | 'type'>>(`
      SELECT name, type FROM pragma_table_list
      WHERE schema = 'main' AND type IN ('table', 'shadow') AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, name`)
    .all();
  return tables.flatMap((table) => {
    if (MADE_BY_MIGRATIONS.has(table.name)) return [];
    // pragma_table_info leaves out generated columns.
    const columns = db
      .prepare<[string], { name: string; type: string; pk: number }>('SELECT name, type, pk FROM pragma_table_info(?)')
      .all(table.name);
    const key = columns.find(({ pk, type }) => pk === 1 && type === 'INTEGER')?.name ?? null;
    return [{ ...table, key, columns: columns.map(({ name }) => name) }];
  });
}

function copyByKey(from: Database, to: Database, table: Table & { key: string }, lost: NoteLost): void {
  const name = quote(table.name);
  const rowsWhere = (condition: string) => `SELECT ${columnsOf(table)} FROM ${name} WHERE ${condition}`;
  const read = from
    .prepare<[number, number], unknown[]>(
      `${rowsWhere(`${table.key} >= ? AND ${table.key} < ?`)} ORDER BY ${table.key}`,
    )
    .raw()
    .safeIntegers();
  const insert = inserter(to, table, lost);
  const gaps = isIntact(from, table.name) ? null : createGaps();
  const keyColumn = table.columns.indexOf(table.key);
  const step = table.name === 'slices' ? SLICES : KEYS;
  const unreadable = () => lost(table.name, 1);
  for (const { rows } of readableRows(from, { table: name, key: table.key }, read, step, unreadable)) {
    insert(rows);
    if (gaps !== null) for (const row of rows) gaps.seen(Number(row[keyColumn]));
  }
  if (gaps === null) return;
  // A damaged page can have any keys: a read of a range ends at one that is too large, and misses good rows behind it.
  const readOne = from
    .prepare<[number], unknown[]>(rowsWhere(`${table.key} = ?`))
    .raw()
    .safeIntegers();
  const insertMissing = inserter(to, table, () => {}, 'OR IGNORE');
  for (const key of gaps.keys()) {
    const rows = whereReadable(() => readOne.all(key));
    if (rows !== UNREADABLE && rows.length > 0) insertMissing(rows);
  }
}

/** More keys than a page can have. */
const PAGE_KEYS = 1_000;

/** The keys between those that were seen, in increasing order. Of a long gap, only the keys near its ends. */
function createGaps(): { seen(key: number): void; keys(): Generator<number> } {
  const gaps: [from: number, to: number][] = [];
  let next = 0;
  return {
    seen(key) {
      if (key > next) gaps.push([next, key]);
      if (key >= next) next = key + 1;
    },
    *keys() {
      for (const [from, to] of [...gaps, [next, next + PAGE_KEYS] as const]) {
        for (let key = from; key < to; key++) {
          if (key === from + PAGE_KEYS) key = Math.max(key, to - PAGE_KEYS);
          yield key;
        }
      }
    },
  };
}

/** For small tables, and for the text index, which is useless unless it is complete. */
function copyWhole(from: Database, to: Database, table: Table, lost: NoteLost): void {
  const read = from
    .prepare<[], unknown[]>(`SELECT ${columnsOf(table)} FROM ${quote(table.name)}`)
    .raw()
    .safeIntegers();
  const rows = whereReadable(() => read.all());
  if (rows === UNREADABLE) lost(table.type === 'shadow' ? TEXT_INDEX : table.name, 1);
  else inserter(to, table, lost)(rows);
}

function inserter(
  to: Database,
  table: Table,
  lost: NoteLost,
  // In `metadata` and in the text index a new database already has rows.
  conflict: 'OR REPLACE' | 'OR IGNORE' | '' = table.key === null || table.type === 'shadow' ? 'OR REPLACE' : '',
): (rows: readonly unknown[][]) => void {
  const statement = to.prepare<unknown[]>(
    `INSERT ${conflict} INTO ${quote(table.name)}
     (${columnsOf(table)}) VALUES (${table.columns.map(() => '?').join(', ')})`,
  );
  return to.transaction((rows: readonly unknown[][]) => {
    for (const row of rows) {
      try {
        statement.run(...row);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        lost(table.name, 1);
      }
    }
  });
}

function columnsOf({ columns }: Table): string {
  return columns.map(quote).join(', ');
}

/** The row does not fit the table: text in place of a number, or a second row with the same id. */
function isRefusal(error: unknown): boolean {
  return /^SQLITE_(CONSTRAINT|MISMATCH)/.test(codeOf(error) ?? '');
}
