import { isDamage } from '../errors.js';
import type { Database, Statement } from '../sqlite.js';

/** A row's key is at least the first and less than the second parameter. */
export type RangeStatement<Row> = Statement<[from: number, to: number], Row>;

/** A table, and the whole number that its primary key begins with. */
export interface KeyedTable {
  table: string;
  key: string;
}

/** Rows from one key up to another. */
export interface RowRange<Row> {
  rows: Row[];
  from: number;
  to: number;
}

/** More keys than any table of ours will ever have. */
const NO_KEY = 2 ** 40;

/** Probes that must all fail before everything behind them is given up. */
const PROBES = 16;

/**
 * All rows of a table that can be read, in short reads of `step` keys each: writers of other processes are not held up, and
 * the write-ahead log can be moved into the file between them. Where a page is damaged, the keys on it are tried one by one.
 *
 * @param onUnreadable called for each key whose rows SQLite cannot read
 * @throws what SQLite throws, other than that the file is damaged
 */
export function* readableRows<Row>(
  db: Database,
  { table, key }: KeyedTable,
  statement: RangeStatement<Row>,
  step: number,
  onUnreadable: (key: number) => void,
): Generator<RowRange<Row>> {
  const bounds = keyBounds(db, { table, key });
  if (bounds === null) return;
  const findRow = db.prepare<[number, number]>(`SELECT 1 FROM ${table} WHERE ${key} >= ? AND ${key} < ? LIMIT 1`);

  /** Halves what is not empty: neither gaps nor a last key that is garbage make it longer. */
  function* visit(from: number, to: number): Generator<RowRange<Row>> {
    if (to - from <= step) {
      yield { rows: readRange(statement, from, to, onUnreadable), from, to };
      return;
    }
    if (whereReadable(() => findRow.get(from, to)) === undefined) return;
    const middle = from + Math.floor((to - from) / 2);
    yield* visit(from, middle);
    yield* visit(middle, to);
  }
  yield* visit(bounds.first, bounds.last + 1);
}

function readRange<Row>(
  statement: RangeStatement<Row>,
  from: number,
  to: number,
  onUnreadable: (key: number) => void,
): Row[] {
  const rows = whereReadable(() => statement.all(from, to));
  if (rows !== UNREADABLE) return rows;
  if (to - from <= 1) {
    onUnreadable(from);
    return [];
  }
  const middle = Math.floor((from + to) / 2);
  return [...readRange(statement, from, middle, onUnreadable), ...readRange(statement, middle, to, onUnreadable)];
}

/** The smallest and the largest key that there may be; null for an empty table. */
export function keyBounds(db: Database, { table, key }: KeyedTable): { first: number; last: number } | null {
  const edge = (order: 'ASC' | 'DESC') =>
    whereReadable(() =>
      db.prepare<[], unknown>(`SELECT ${key} FROM ${table} ORDER BY ${key} ${order} LIMIT 1`).pluck().get(),
    );
  const first = edge('ASC');
  const last = edge('DESC');
  if (first === undefined || last === undefined) return null;
  return {
    first: isKey(first) ? first : 0,
    last: isKey(last) ? last : lastReadable(db, { table, key }),
  };
}

/** A damaged page can hold anything in place of a key, also what the column does not allow. */
function isKey(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < NO_KEY;
}

/** Where the last page is damaged, every key behind it leads there: the border is found by halving. */
function lastReadable(db: Database, { table, key }: KeyedTable): number {
  const find = db.prepare<[number]>(`SELECT 1 FROM ${table} WHERE ${key} = ?`);
  const isReadable = (value: number) => whereReadable(() => find.get(value)) !== UNREADABLE;
  let readable = 0;
  let lost = NO_KEY;
  while (lost - readable > 1) {
    const middle = Math.floor((readable + lost) / 2);
    const distance = (lost - middle) / PROBES;
    const probes = Array.from({ length: PROBES }, (_, index) => middle + Math.floor(index * distance));
    const found = probes.findLast(isReadable);
    if (found === undefined) lost = middle;
    else readable = found;
  }
  return readable;
}

/** Stands for the result of a read that met a damaged page. */
export const UNREADABLE = Symbol('unreadable');

/** @throws what SQLite throws, other than that the file is damaged */
export function whereReadable<Result>(read: () => Result): Result | typeof UNREADABLE {
  try {
    return read();
  } catch (error) {
    if (isDamage(error)) return UNREADABLE;
    throw error;
  }
}
