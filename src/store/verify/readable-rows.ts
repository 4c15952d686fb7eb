import { isDamage } from '../errors.js';
import type { Database, Statement } from '../sqlite.js';

/** Selects rows whose key is at least the first and less than the second parameter. */
export type RangeStatement<Row> = Statement<[from: number, to: number], Row>;

/** A table, and the integer column that its primary key begins with. */
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

/** Larger than any key. */
const NO_KEY = 2 ** 40;

/** Number of probes that must all fail before all later keys are given up. */
const PROBES = 16;

/**
 * All readable rows of a table, in short reads of `step` keys each, so that other processes can write and the write-ahead log can
 * be moved into the file between them. Where a page is damaged, its keys are tried one by one.
 *
 * @param onUnreadable called for each key whose rows SQLite cannot read
 * @throws errors of SQLite other than damage
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

  /** Halves ranges that are not empty, so that gaps and a garbage last key cost little. */
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

/** Bounds of the smallest and the largest key; null for an empty table. */
export function keyBounds(db: Database, { table, key }: KeyedTable): { first: number; last: number } | null {
  const edge = (order: 'ASC' | 'DESC') =>
    whereReadable(() =>
      db.prepare<[], unknown>(`SELECT ${key} FROM ${table} ORDER BY ${key} ${order} LIMIT 1`).pluck().get(),
    );
  const first = edge('ASC');
  const last = edge('DESC');
  if (first === undefined || last === undefined) return null;
  // A damaged page can have any keys, also at the edge of the table.
  const isEdge = (value: unknown, beyond: '<' | '>'): value is number =>
    isKey(value) &&
    whereReadable(() => db.prepare<[number]>(`SELECT 1 FROM ${table} WHERE ${key} ${beyond} ? LIMIT 1`).get(value)) ===
      undefined;
  return {
    first: isEdge(first, '<') ? first : 0,
    last: isEdge(last, '>') ? last : lastReadable(db, { table, key }),
  };
}

/** A damaged page can hold anything in place of a key, even values that the column does not allow. */
function isKey(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < NO_KEY;
}

/** Where the last page is damaged, all later keys lead to it: the last readable key is found by bisection. */
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

/** The result of a read that met a damaged page. */
export const UNREADABLE = Symbol('unreadable');

/** @throws errors of SQLite other than damage */
export function whereReadable<Result>(read: () => Result): Result | typeof UNREADABLE {
  try {
    return read();
  } catch (error) {
    if (isDamage(error)) return UNREADABLE;
    throw error;
  }
}
