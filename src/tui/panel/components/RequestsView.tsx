import { Box } from 'ink';
import type { RequestRow } from '../../../store/index.js';
import { breakdownLines } from '../lines/breakdown.js';
import { type RowContext, requestColumns } from '../lines/request-columns.js';
import type { RequestsLayout } from '../state/layout.js';
import { isFiltered, type PanelState } from '../state/state.js';
import { countOf, rowAt } from '../state/stretch.js';
import { run } from '../text/line.js';
import { Lines } from './Lines.js';
import { TableView } from './TableView.js';

interface Props {
  state: PanelState;
  layout: RequestsLayout;
  context: Omit<RowContext, 'width'>;
  /** The request before the selected one in its thread; undefined while it is read. */
  previous: RequestRow | null | undefined;
  /** Nothing was read yet, so nobody knows that there is nothing. */
  isNew: boolean;
}

/** The list, and what the selected request is made of under it or beside it. */
export function RequestsView({ state, layout, context, previous, isNew }: Props) {
  const { list, breakdown, beside } = layout;
  const { stretch, query } = state;
  const selected = rowAt(stretch, state.cursors.requests.selected);
  const empty = isNew ? 'reading …' : emptyReason(isFiltered(query));
  return (
    <Box flexDirection={beside ? 'row' : 'column'}>
      <TableView
        columns={requestColumns({ ...context, width: list.columns })}
        rowAt={(index) => rowAt(stretch, index)}
        count={countOf(stretch)}
        cursor={state.cursors.requests}
        width={list.columns}
        height={list.rows}
        empty={[run(empty, 'dim')]}
      />
      {breakdown.rows > 0 && <Divider layout={layout} />}
      {breakdown.rows > 0 && (
        <Lines
          lines={selected === null ? [] : breakdownLines(selected, previous, breakdown.columns, breakdown.rows)}
          width={breakdown.columns}
          height={breakdown.rows}
        />
      )}
    </Box>
  );
}

function emptyReason(filtered: boolean): string {
  return filtered
    ? 'No request matches. Esc takes the filters off.'
    : 'Nothing captured yet: requests appear here as they are sent.';
}

function Divider({ layout: { beside, list } }: { layout: RequestsLayout }) {
  if (!beside) return <Lines lines={[[run('─'.repeat(list.columns), 'dim')]]} width={list.columns} height={1} />;
  return <Lines lines={Array.from({ length: list.rows }, () => [run('│', 'dim')])} width={1} height={list.rows} />;
}
