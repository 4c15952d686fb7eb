import { shortSessionIds } from '../../../text/ids.js';
import { printableLine } from '../../../text/text.js';
import type { Deferred } from '../hooks/use-deferred.js';
import type { Views } from '../hooks/use-views.js';
import type { RowContext } from '../lines/request-columns.js';
import { sessionColumns } from '../lines/session-columns.js';
import { sourceColumns } from '../lines/source-columns.js';
import { requestsLayout, type Size, viewSize } from '../state/layout.js';
import type { PanelState } from '../state/state.js';
import type { LaidOut } from '../text/document.js';
import { type Line, run } from '../text/line.js';
import { RequestsView } from './RequestsView.js';
import { RequestView } from './RequestView.js';
import { TableView } from './TableView.js';
import { TextView } from './TextView.js';

interface Props {
  state: PanelState;
  views: Views;
  /** What scrolls in this view; null where rows are chosen. */
  text: LaidOut | null;
  context: Omit<RowContext, 'isToday'>;
  size: Size;
}

/** The part of the screen that hangs on the view. */
export function ViewBody({ state, views, text, context, size }: Props) {
  const { columns: width, rows: height } = viewSize(size);
  if (text !== null && state.view === 'request' && !state.help) {
    const request = views.focus.value?.request ?? null;
    const growing = request && context.growing(request.id);
    return <RequestView state={state} request={request} growing={growing} text={text} size={viewSize(size)} />;
  }
  if (text !== null)
    return <TextView text={text} scroll={state.scroll} marked={state.find?.line} width={width} height={height} />;
  const { sources, sessions, focus } = views;
  if (state.view === 'sources') {
    const rows = sources.value?.rows ?? [];
    return (
      <TableView
        columns={sources.value === null ? [] : sourceColumns(sources.value)}
        rowAt={(index) => rows[index] ?? null}
        count={rows.length}
        cursor={state.cursors.sources}
        width={width}
        height={height}
        empty={emptyLine(sources, state.sources.text)}
      />
    );
  }
  if (state.view === 'sessions') {
    const rows = sessions.value ?? [];
    return (
      <TableView
        columns={sessionColumns(context.now, shortSessionIds(rows.map(({ id }) => id)), width)}
        rowAt={(index) => rows[index] ?? null}
        count={rows.length}
        cursor={state.cursors.sessions}
        width={width}
        height={height}
        empty={emptyLine(sessions, state.sessions.text)}
      />
    );
  }
  return (
    <RequestsView
      state={state}
      layout={requestsLayout(size)}
      context={context}
      previous={focus.reading ? undefined : (focus.value?.previous ?? null)}
    />
  );
}

function emptyLine({ reading, error }: Deferred<unknown>, text: string | undefined): Line {
  if (error !== null) return [run(error, 'bad')];
  if (text !== undefined && !reading)
    return [run(printableLine(`Nothing here holds "${text}". Esc shows all.`), 'dim')];
  return [run(reading ? 'reading …' : 'Nothing captured yet.', 'dim')];
}
