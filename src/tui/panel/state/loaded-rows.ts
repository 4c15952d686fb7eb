import type { RequestSummary } from '../../../model/request.js';
import type { Cursor } from './cursor.js';

/** The consecutive rows of the list that are loaded. */
export interface LoadedRows {
  rows: readonly RequestSummary[];
  /** Index of the first loaded row among all that match. */
  offset: number;
  /** Number of matches; null until they are counted. */
  total: number | null;
}

export const NOTHING_LOADED: LoadedRows = { rows: [], offset: 0, total: null };

export const PAGE = 100;
/** Rows further away are dropped, and read again when needed. */
const MAX_LOADED = 6 * PAGE;
/** More than a screen has, so that the next page is loaded when it is needed. */
const AHEAD = PAGE / 2;

/** Number of rows, as far as it is known. */
export function countOf({ rows, offset, total }: LoadedRows): number {
  return Math.max(total ?? 0, offset + rows.length);
}

export function rowAt({ rows, offset }: LoadedRows, index: number): RequestSummary | null {
  return rows[index - offset] ?? null;
}

/** On which side rows are missing for the screen and `ahead` rows around it. */
export function missing(loaded: LoadedRows, top: number, height: number, ahead = AHEAD): 'before' | 'after' | null {
  const { rows, offset, total } = loaded;
  if (offset > 0 && top - ahead < offset) return 'before';
  const end = offset + rows.length;
  const mayBeMore = total === null ? rows.length > 0 : end < total;
  return mayBeMore && top + height + ahead > end ? 'after' : null;
}

export function withAfter({ rows, offset, total }: LoadedRows, page: readonly RequestSummary[]): LoadedRows {
  const all = [...rows, ...page];
  const dropped = Math.max(0, all.length - MAX_LOADED);
  const end = offset + all.length;
  // A short page is the last one.
  return { rows: all.slice(dropped), offset: offset + dropped, total: page.length < PAGE ? end : total };
}

/** @param page nearest first, as it is read backwards @returns also the shift of all indexes */
export function withBefore(loaded: LoadedRows, page: readonly RequestSummary[]): { loaded: LoadedRows; shift: number } {
  const { rows, offset, total } = loaded;
  // A short page reaches the beginning, which tells the exact offset.
  const first = page.length < PAGE ? 0 : Math.max(1, offset - page.length);
  const shift = first + page.length - offset;
  const all = [...page.toReversed(), ...rows].slice(0, MAX_LOADED);
  return { loaded: { rows: all, offset: first, total: total === null ? null : total + shift }, shift };
}

/**
 * The cursor after the rows were read again. On the first row it stays on the first row; anywhere else it stays with
 * its request, and the screen does not move.
 * @param isHeld whether it stays with its request on the first row too
 */
export function followed(before: LoadedRows, cursor: Cursor, after: LoadedRows, isHeld = false): Cursor {
  const id = rowAt(before, cursor.selected)?.id;
  if ((cursor.selected === 0 && !isHeld) || id === undefined) return cursor;
  const index = after.rows.findIndex((row) => row.id === id);
  if (index === -1) return cursor;
  const selected = after.offset + index;
  return { selected, top: Math.max(0, cursor.top + selected - cursor.selected) };
}
