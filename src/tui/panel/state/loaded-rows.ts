import type { RequestRow } from '../../../store/index.js';
import type { Cursor } from './cursor.js';

/** What is loaded of the requests that match: neighbours, so that thousands need not be. */
export interface LoadedRows {
  rows: readonly RequestRow[];
  /** Index of the first of them among all. */
  offset: number;
  /** How many match; null until they are counted. */
  total: number | null;
}

export const NOTHING_LOADED: LoadedRows = { rows: [], offset: 0, total: null };

/** Rows of one reading. */
export const PAGE = 100;
/** Rows kept: what is further away is read again. */
const MOST = 6 * PAGE;
/** More than a screen has: whoever goes on by pages finds the next one loaded. */
const AHEAD = PAGE / 2;

/** How many rows there are, as far as is known. */
export function countOf({ rows, offset, total }: LoadedRows): number {
  return Math.max(total ?? 0, offset + rows.length);
}

export function rowAt({ rows, offset }: LoadedRows, index: number): RequestRow | null {
  return rows[index - offset] ?? null;
}

/** On which side rows are missing for what is shown, or soon will be: for `ahead` rows around it. */
export function missing(loaded: LoadedRows, top: number, height: number, ahead = AHEAD): 'before' | 'after' | null {
  const { rows, offset, total } = loaded;
  if (offset > 0 && top - ahead < offset) return 'before';
  const end = offset + rows.length;
  const mayBeMore = total === null ? rows.length > 0 : end < total;
  return mayBeMore && top + height + ahead > end ? 'after' : null;
}

export function withAfter({ rows, offset, total }: LoadedRows, page: readonly RequestRow[]): LoadedRows {
  const all = [...rows, ...page];
  const dropped = Math.max(0, all.length - MOST);
  const end = offset + all.length;
  // A short page is the last one.
  return { rows: all.slice(dropped), offset: offset + dropped, total: page.length < PAGE ? end : total };
}

/** @param page nearest first, as it is read backwards @returns by how much indexes were off, too */
export function withBefore(loaded: LoadedRows, page: readonly RequestRow[]): { loaded: LoadedRows; shift: number } {
  const { rows, offset, total } = loaded;
  // A short page reaches the beginning: what was counted meanwhile does not matter then.
  const first = page.length < PAGE ? 0 : Math.max(1, offset - page.length);
  const shift = first + page.length - offset;
  const all = [...page.toReversed(), ...rows].slice(0, MOST);
  return { loaded: { rows: all, offset: first, total: total === null ? null : total + shift }, shift };
}

/**
 * The cursor after the rows were read again. At the newest request it stays with the newest; anywhere else it stays with the
 * request, and what is on the screen does not move.
 * @param isHeld it stays with its request there, too
 */
export function followed(before: LoadedRows, cursor: Cursor, after: LoadedRows, isHeld = false): Cursor {
  const id = rowAt(before, cursor.selected)?.id;
  if ((cursor.selected === 0 && !isHeld) || id === undefined) return cursor;
  const index = after.rows.findIndex((row) => row.id === id);
  if (index === -1) return cursor;
  const selected = after.offset + index;
  return { selected, top: Math.max(0, cursor.top + selected - cursor.selected) };
}
