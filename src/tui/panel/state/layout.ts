import type { Size } from '../../split/layout.js';

/** The view of requests: a breakdown without rows is not shown. */
export interface RequestsLayout {
  isBeside: boolean;
  list: Size;
  breakdown: Size;
}

/** Rows that the parts of the view of requests could use. */
export interface RequestsNeed {
  list: number;
  breakdown: number;
}

/** Head, tabs and foot. */
const FRAME_ROWS = 3;

/** Above the text of one request: its facts and its sections. */
export const REQUEST_HEAD_ROWS = 2;

/** Between list and breakdown, side by side. */
export const DIVIDER = ' │ ';

/** From this width on, list and breakdown are side by side. */
const MIN_WIDTH_BESIDE = 170;
/** Below this height there is no breakdown. */
const MIN_HEIGHT_FOR_BREAKDOWN = 12;
/** A heading and three requests. */
export const MIN_LIST = 4;
/** Share of the height, if list and breakdown do not both fit. */
const BREAKDOWN_SHARE = 0.65;

/** Above the bars of a context: its name, and the scale. */
export const CONTEXT_HEAD_ROWS = 2;
/** Below the bars: the figures of the selected request. */
const CONTEXT_DETAIL_ROWS = 6;
const MIN_BARS = 4;

/**
 * Rows for bars in the view of the context. The figures below get the rows that a short conversation leaves.
 * @param height of the view
 * @param requests of the conversation
 */
export function contextRows(height: number, requests: number): number {
  const rows = height - CONTEXT_HEAD_ROWS;
  const most = rows - CONTEXT_DETAIL_ROWS >= MIN_BARS ? rows - CONTEXT_DETAIL_ROWS : rows;
  return Math.max(1, Math.min(most, Math.max(requests, MIN_BARS)));
}

/** The panel without head, tabs and foot. */
export function viewSize({ width, height }: Size): Size {
  return { width, height: Math.max(1, height - FRAME_ROWS) };
}

/**
 * List and breakdown share the height by need, so that neither has blank rows while the other lacks some.
 * @param needOf is called only if they share a height, as it looks at all sources of the rows on the screen
 */
export function requestsLayout(panel: Size, needOf: () => RequestsNeed): RequestsLayout {
  const { width, height } = viewSize(panel);
  if (width >= MIN_WIDTH_BESIDE) {
    const breakdown = Math.floor(width * 0.4);
    return {
      isBeside: true,
      list: { width: width - breakdown - DIVIDER.length, height },
      breakdown: { width: breakdown, height },
    };
  }
  if (height < MIN_HEIGHT_FOR_BREAKDOWN)
    return { isBeside: false, list: { width, height }, breakdown: { width, height: 0 } };
  const need = needOf();
  const shared = height - 1;
  const most = Math.max(Math.floor(shared * BREAKDOWN_SHARE), shared - need.list);
  const list = Math.max(MIN_LIST, Math.min(need.list, shared - Math.min(need.breakdown, most)));
  return { isBeside: false, list: { width, height: list }, breakdown: { width, height: shared - list } };
}
