import type { RequestSummary } from '../../../model/request.js';
import { shortRequestIds } from '../../../text/ids.js';
import { fragment, type Line } from '../../../text/line.js';
import type { Size } from '../../split/layout.js';
import type { Area, Band } from '../area.js';
import { breakdownLines } from '../lines/breakdown.js';
import { type RowContext, requestColumns } from '../lines/request-columns.js';
import { DIVIDER, requestsLayout } from '../state/layout.js';
import { countOf, rowAt } from '../state/loaded-rows.js';
import { isFiltered, type PanelState } from '../state/state.js';
import { tableArea } from './table.js';

/**
 * The list, and the sources of the selected request below it or beside it.
 * @param previous the request before the selected one in its thread; undefined while it is read
 */
export function requestsBands(
  state: PanelState,
  size: Size,
  context: Omit<RowContext, 'isToday'>,
  previous: RequestSummary | null | undefined,
): Band[] {
  const { list, breakdown, isBeside } = requestsLayout(size);
  const { loaded } = state;
  const { requests: cursor } = state.cursors;
  const table = tableArea(
    {
      columns: requestColumns({ ...context, isToday: isOfToday(state, list.height, context.now) }),
      rowAt: (index) => rowAt(loaded, index),
      count: countOf(loaded),
      cursor,
      empty: emptyLine(state),
    },
    list,
  );
  if (breakdown.height === 0) return [[table]];

  const selected = rowAt(loaded, cursor.selected);
  const shorten = (id: string) => shortRequestIds(loaded.rows.map((row) => row.id))(id);
  const sources: Area = {
    lines: selected
      ? breakdownLines(selected, previous, context.growing(selected.id), shorten, breakdown.width, breakdown.height)
      : [],
    ...breakdown,
  };
  if (!isBeside) {
    const rule = [fragment('─'.repeat(list.width), 'dim')];
    return [[table], [{ lines: [rule], width: list.width, height: 1 }], [sources]];
  }
  const lines = Array.from({ length: list.height }, () => [fragment(DIVIDER, 'dim')]);
  return [[table, { lines, width: DIVIDER.length, height: list.height }, sources]];
}

/** Whether all rows on the screen are from today. */
function isOfToday({ loaded, cursors }: PanelState, height: number, now: Date): boolean {
  const first = Math.max(0, cursors.requests.top - loaded.offset);
  const today = now.toDateString();
  return loaded.rows
    .slice(first, first + height)
    .every(({ timestamp }) => new Date(timestamp).toDateString() === today);
}

function emptyLine({ failure, loaded, query }: PanelState): Line {
  if (failure !== null) return [fragment(failure, 'bad')];
  if (loaded.total === null) return [fragment('reading …', 'dim')];
  return isFiltered(query)
    ? [fragment('No request matches. Esc removes the filters.', 'dim')]
    : [fragment('Nothing captured yet: requests appear here as they are sent.', 'dim')];
}
