import { shortRequestIds } from '../../../text/ids.js';
import { fragment, type Line } from '../../../text/line.js';
import type { Size } from '../../split/layout.js';
import type { Area, Band } from '../area.js';
import { breakdownRows } from '../hooks/tree-rows.js';
import type { Views } from '../hooks/use-views.js';
import { breakdownHead, insteadOfSources, sourceLines } from '../lines/breakdown.js';
import { keptLine } from '../lines/kept-line.js';
import { type RowContext, requestColumns } from '../lines/request-columns.js';
import { turnLine } from '../lines/turn-line.js';
import { DIVIDER, MIN_LIST } from '../state/layout.js';
import { countOf, rowAt } from '../state/loaded-rows.js';
import { layoutOfRequests } from '../state/requests-layout.js';
import { isFiltered, type PanelState } from '../state/state.js';
import { isInTurn, isTurnEdge, turnAt } from '../state/turns.js';
import { type LinesAbove, tableArea } from './table.js';

/** The list, and the sources of the selected request below it or beside it. */
export function requestsBands(
  state: PanelState,
  views: Views,
  size: Size,
  context: Omit<RowContext, 'isToday'>,
): Band[] {
  const { list, breakdown, isBeside } = layoutOfRequests(state, size);
  const { loaded } = state;
  const { requests: cursor } = state.cursors;
  const isToday = isOfToday(state, list.height, context.now);
  const look = `${isToday} ${context.now.toDateString()}`;
  const table = tableArea(
    {
      columns: requestColumns({ ...context, isToday }),
      lookOf: (row) => (row.state === 'open' || context.growing(row.id) !== null ? null : look),
      rowAt: (index) => rowAt(loaded, index),
      count: countOf(loaded),
      cursor,
      empty: emptyLine(state),
      // A smaller list has room for requests only.
      above: list.height < MIN_LIST ? undefined : turnsAbove(state, views, list.width),
      isFocused: !state.breakdown.isFocused || breakdown.height === 0,
    },
    list,
  );
  if (breakdown.height === 0) return [[table]];

  const sources = breakdownArea(state, views, size, context);
  if (!isBeside) {
    const rule = [fragment('─'.repeat(list.width), 'dim')];
    return [[table], [{ lines: [rule], width: list.width, height: 1 }], [sources]];
  }
  const lines = Array.from({ length: list.height }, () => [fragment(DIVIDER, 'dim')]);
  return [[table, { lines, width: DIVIDER.length, height: list.height }, sources]];
}

/** What was asked, above the newest of its requests, and above the first row on the screen. */
function turnsAbove(state: PanelState, { turns }: Views, width: number): LinesAbove {
  return {
    isAt: (index, isFirst) => (isFirst ? isInTurn(state, index) : isTurnEdge(state, index)),
    lineAt(index) {
      const id = turnAt(state, index);
      const turn = id === null ? null : turns.get(id);
      return turn ? keptLine(turn, String(width), () => turnLine(turn, width)) : turnLine(turn, width);
    },
  };
}

/** What is said about the selected request, and its sources. */
function breakdownArea(state: PanelState, views: Views, size: Size, { growing }: Omit<RowContext, 'isToday'>): Area {
  const { loaded, cursors } = state;
  const { selected } = views;
  const { width, height } = layoutOfRequests(state, size).breakdown;
  const request = rowAt(loaded, cursors.requests.selected);
  if (request === null) return { lines: [], width, height };
  const shorten = (id: string) => shortRequestIds(loaded.rows.map((row) => row.id))(id);
  const previous = selected.reading ? undefined : (selected.value?.previous ?? null);
  const answer = growing(request.id);
  const head = breakdownHead(request, previous, answer, shorten, width);
  const shown = breakdownRows(state, views, size);
  if (shown === null) {
    const instead = insteadOfSources(request, answer, { width, height: height - head.length });
    return { lines: [...head, ...instead].slice(0, height), width, height };
  }
  const { rows, cursor } = shown;
  const lines = [...head, ...sourceLines(rows, cursor.top, { width, height: height - head.length })];
  const isFocused = state.breakdown.isFocused;
  const first = head.length + 1;
  return {
    lines,
    width,
    height,
    selected: isFocused ? first + cursor.selected - cursor.top : undefined,
    click(_, y) {
      const index = cursor.top + y - first;
      return y >= first && index < rows.length ? { type: 'pickSource', index } : null;
    },
    wheel: (by) => ({ type: 'wheelSources', by }),
  };
}

/** Whether all rows on the screen are from today. */
function isOfToday({ loaded, cursors }: PanelState, height: number, now: Date): boolean {
  const first = Math.max(0, cursors.requests.top - loaded.offset);
  const today = now.toDateString();
  return loaded.rows.slice(first, first + height).every(({ timestamp }) => timestamp.toDateString() === today);
}

function emptyLine({ failure, loaded, query, hiddenSideCalls }: PanelState): Line {
  if (failure !== null) return [fragment(failure, 'bad')];
  if (loaded.total === null) return [fragment('loading …', 'dim')];
  if (hiddenSideCalls > 0) return [fragment('Only side calls so far: e shows them.', 'dim')];
  return isFiltered(query)
    ? [fragment('No request matches. Esc removes the filters.', 'dim')]
    : [fragment('Nothing captured yet: requests appear here as they are sent.', 'dim')];
}
