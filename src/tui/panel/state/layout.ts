import type { Size } from '../../split/layout.js';

/** The view of requests: a breakdown without rows is not shown. */
export interface RequestsLayout {
  isBeside: boolean;
  list: Size;
  breakdown: Size;
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
const MIN_BREAKDOWN = 5;
/** From this height on, the breakdown gets the larger part. */
const HIGH = 24;

/** The panel without head, tabs and foot. */
export function viewSize({ width, height }: Size): Size {
  return { width, height: Math.max(1, height - FRAME_ROWS) };
}

export function requestsLayout(panel: Size): RequestsLayout {
  const { width, height } = viewSize(panel);
  if (width >= MIN_WIDTH_BESIDE) {
    const breakdown = Math.floor(width * 0.4);
    return {
      isBeside: true,
      list: { width: width - breakdown - DIVIDER.length, height },
      breakdown: { width: breakdown, height },
    };
  }
  const share = height < HIGH ? 0.4 : 0.55;
  const breakdown = height < MIN_HEIGHT_FOR_BREAKDOWN ? 0 : Math.max(MIN_BREAKDOWN, Math.floor(height * share));
  return {
    isBeside: false,
    list: { width, height: height - (breakdown > 0 ? breakdown + 1 : 0) },
    breakdown: { width, height: breakdown },
  };
}
