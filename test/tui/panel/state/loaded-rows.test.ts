import { describe, expect, it } from 'vitest';
import {
  countOf,
  followed,
  type LoadedRows,
  missing,
  NOTHING_LOADED,
  PAGE,
  rowAt,
  withAfter,
  withBefore,
} from '../../../../src/tui/panel/state/loaded-rows.js';
import { requestRow } from '../../../text/support/request-rows.js';

const rows = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => requestRow({ id: `req_${first + index}` }));
const loadedRows = (first: number, count: number, total: number | null): LoadedRows => ({
  rows: rows(first, count),
  offset: first,
  total,
});

describe('the loaded rows of a long list', () => {
  it('lack rows only near the screen', () => {
    expect(missing(loadedRows(200, 200, 1_000), 290, 20)).toBeNull();
    expect(missing(loadedRows(200, 200, 1_000), 370, 20)).toBe('after');
    expect(missing(loadedRows(200, 200, 1_000), 210, 20)).toBe('before');
  });

  it('lack nothing beyond the ends, and rows after them while the end is unknown', () => {
    expect(missing(loadedRows(0, 100, 100), 80, 20)).toBeNull();
    expect(missing(loadedRows(0, 100, null), 80, 20)).toBe('after');
    expect(missing(NOTHING_LOADED, 0, 20)).toBeNull();
  });

  it('know the end when a page is not full', () => {
    expect(withAfter(loadedRows(0, 100, null), rows(100, 7)).total).toBe(107);
    expect(withAfter(loadedRows(0, 100, null), rows(100, PAGE)).total).toBeNull();
  });

  it('keep every row at its index through any number of pages and back', () => {
    let loaded = loadedRows(0, PAGE, 2_000);
    while (loaded.offset + loaded.rows.length < 2_000) {
      loaded = withAfter(loaded, rows(loaded.offset + loaded.rows.length, PAGE));
      expect(loaded.rows.length).toBeLessThanOrEqual(6 * PAGE);
      expect(rowAt(loaded, loaded.offset)?.id).toBe(`req_${loaded.offset}`);
    }
    expect(rowAt(loaded, 1_999)?.id).toBe('req_1999');
    while (loaded.offset > 0) {
      const before = rows(loaded.offset - PAGE, PAGE).reverse();
      const { loaded: longer, shift } = withBefore(loaded, before);
      expect(shift).toBe(loaded.offset > PAGE ? 0 : 1);
      loaded = longer;
      if (shift > 0) break;
    }
    expect(countOf(loaded)).toBe(2_001);
  });

  it('find the beginning when there are fewer rows than were counted', () => {
    const { loaded: longer, shift } = withBefore(loadedRows(50, 100, 500), rows(20, 30).reverse());
    expect(longer.offset).toBe(0);
    expect(shift).toBe(-20);
    expect(longer.total).toBe(480);
  });

  it('move the cursor with its request when newer ones arrive, except on the first row', () => {
    const before = loadedRows(0, 50, 50);
    const after: LoadedRows = { rows: [...rows(900, 3), ...before.rows], offset: 0, total: 53 };
    expect(followed(before, { selected: 10, top: 5 }, after)).toEqual({ selected: 13, top: 8 });
    expect(followed(before, { selected: 0, top: 0 }, after)).toEqual({ selected: 0, top: 0 });
  });
});
