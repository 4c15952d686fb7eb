import { Box } from 'ink';
import { useMemo } from 'react';
import type { RequestRow } from '../../../store/index.js';
import { shortRequestIds } from '../../../text/ids.js';
import { breakdownLines } from '../lines/breakdown.js';
import { type RowContext, requestColumns } from '../lines/request-columns.js';
import { DIVIDER, type RequestsLayout } from '../state/layout.js';
import { isFiltered, type PanelState } from '../state/state.js';
import { countOf, rowAt } from '../state/stretch.js';
import { type Line, run } from '../text/line.js';
import { Lines } from './Lines.js';
import { TableView } from './TableView.js';

interface Props {
  state: PanelState;
  layout: RequestsLayout;
  context: Omit<RowContext, 'isToday'>;
  /** The request before the selected one in its thread; undefined while it is read. */
  previous: RequestRow | null | undefined;
}

/** The list, and what the selected request is made of under it or beside it. */
export function RequestsView({ state, layout, context, previous }: Props) {
  const { list, breakdown, beside } = layout;
  const { stretch } = state;
  const selected = rowAt(stretch, state.cursors.requests.selected);
  const growing = selected && context.growing(selected.id);
  const shorten = useMemo(() => shortRequestIds(stretch.rows.map(({ id }) => id)), [stretch.rows]);
  return (
    <Box flexDirection={beside ? 'row' : 'column'}>
      <TableView
        columns={requestColumns({ ...context, isToday: isOfToday(state, list.rows, context.now) })}
        rowAt={(index) => rowAt(stretch, index)}
        count={countOf(stretch)}
        cursor={state.cursors.requests}
        width={list.columns}
        height={list.rows}
        empty={emptyLine(state)}
      />
      {breakdown.rows > 0 && <Divider layout={layout} />}
      {breakdown.rows > 0 && (
        <Lines
          lines={
            selected ? breakdownLines(selected, previous, growing, shorten, breakdown.columns, breakdown.rows) : []
          }
          width={breakdown.columns}
          height={breakdown.rows}
        />
      )}
    </Box>
  );
}

/** The rows that are shown. */
function isOfToday({ stretch, cursors }: PanelState, height: number, now: Date): boolean {
  const { top } = cursors.requests;
  const shown = stretch.rows.slice(Math.max(0, top - stretch.offset), Math.max(0, top - stretch.offset + height));
  return shown.every(({ timestamp }) => new Date(timestamp).toDateString() === now.toDateString());
}

function emptyLine({ failure, stretch, query }: PanelState): Line {
  if (failure !== null) return [run(failure, 'bad')];
  if (stretch.total === null) return [run('reading …', 'dim')];
  return isFiltered(query)
    ? [run('No request matches. Esc takes the filters off.', 'dim')]
    : [run('Nothing captured yet: requests appear here as they are sent.', 'dim')];
}

function Divider({ layout: { beside, list } }: { layout: RequestsLayout }) {
  if (!beside) return <Lines lines={[[run('─'.repeat(list.columns), 'dim')]]} width={list.columns} height={1} />;
  const lines = Array.from({ length: list.rows }, () => [run(DIVIDER, 'dim')]);
  return <Lines lines={lines} width={DIVIDER.length} height={list.rows} />;
}
