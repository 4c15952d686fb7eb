import type { RequestSummary } from '../../../model/request.js';
import { groupOf, type SourceGroup } from '../../../model/source-group.js';
import type { Size } from '../../split/layout.js';
import { type RequestsLayout, type RequestsNeed, requestsLayout, viewSize } from './layout.js';
import { countOf, rowAt } from './loaded-rows.js';
import { groupKey, isMinor, WANTED_OPEN } from './source-groups.js';
import type { PanelState } from './state.js';
import { rowsInside } from './tree.js';
import { turnLines } from './turns.js';

/** Facts, why the cache missed, and the heading of the sources. */
const HEAD_ROWS = 3;
/** Rows of an answer that is still coming. */
const ANSWER_ROWS = 12;

/** By state, as states do not change and a frame asks for its layout several times. */
const layouts = new WeakMap<PanelState, { size: Size; layout: RequestsLayout }>();

/** The layout of the view of requests by what is in it. */
export function layoutOfRequests(state: PanelState, size: Size): RequestsLayout {
  const last = layouts.get(state);
  if (last?.size === size) return last.layout;
  const layout = requestsLayout(size, () => needOf(state, viewSize(size).height));
  layouts.set(state, { size, layout });
  return layout;
}

/** @param height of the view */
function needOf(state: PanelState, height: number): RequestsNeed {
  const { loaded, cursors } = state;
  // The rows on the screen decide together, so that nothing moves while one after the other is selected.
  const shown = Array.from({ length: height }, (_, index) => rowAt(loaded, cursors.requests.top + index));
  const needs = shown.map((row) => (row === null ? 0 : neededRows(row)));
  const selected = rowAt(loaded, cursors.requests.selected);
  return {
    list: countOf(loaded) + 1 + turnLines(state, loaded.offset, Math.min(countOf(loaded), loaded.offset + height)),
    breakdown: Math.max(...needs, selected === null ? 0 : neededRows(selected) + unfoldedRows(selected, state)),
  };
}

/** The number of sources in each group, and of those that say little. */
type Counts = ReadonlyMap<SourceGroup, { all: number; minor: number }>;

/** Rows do not change, and each is asked for in every frame. */
const counted = new WeakMap<RequestSummary, Counts>();

function countsOf(row: RequestSummary): Counts {
  const known = counted.get(row);
  if (known !== undefined) return known;
  const counts = new Map<SourceGroup, { all: number; minor: number }>();
  for (const { source, tokens, share } of row.sources) {
    if (tokens <= 0) continue;
    const { all, minor } = counts.get(groupOf(source)) ?? { all: 0, minor: 0 };
    counts.set(groupOf(source), { all: all + 1, minor: minor + (isMinor(share) ? 1 : 0) });
  }
  counted.set(row, counts);
  return counts;
}

/** Rows for its groups, and for the names in those that unfold by themselves. */
function neededRows(row: RequestSummary): number {
  const counts = countsOf(row);
  if (counts.size === 0) return HEAD_ROWS + (row.state === 'open' ? ANSWER_ROWS : 0);
  const names = WANTED_OPEN.reduce((sum, group) => {
    const { all, minor } = counts.get(group) ?? { all: 0, minor: 0 };
    return sum + rowsInside(all, minor);
  }, 0);
  return HEAD_ROWS + counts.size + names;
}

/** Rows for the groups that the person unfolded. */
function unfoldedRows(row: RequestSummary, { folds }: PanelState): number {
  return [...countsOf(row)].reduce((sum, [group, { all }]) => sum + (folds[groupKey(group)] === true ? all : 0), 0);
}
