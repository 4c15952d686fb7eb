import { shortSessionId } from '../../../text/ids.js';
import { printableLine } from '../../../text/text.js';
import { sourceName } from '../lines/source-name.js';
import { type Arrangement, type PanelState, VIEWS } from '../state/state.js';
import { countOf } from '../state/stretch.js';
import { type Line, type Run, run, spread } from '../text/line.js';
import { Lines } from './Lines.js';

interface Props {
  state: PanelState;
  width: number;
}

/** Below it, views that are not shown have their number only. */
const NARROW = 72;

/** Which views there are, the one that is shown, and what is filtered. */
export function Tabs({ state, width }: Props) {
  const tabs = VIEWS.map((view, index): Run => {
    const number = index + 1;
    if (view === state.view) return run(`[${number} ${view}]`, 'heading');
    return run(width < NARROW ? ` ${number} ` : ` ${number} ${view} `, 'dim');
  });
  return <Lines lines={[spread(tabs, filters(state), width)]} width={width} height={1} />;
}

function filters({ query, stretch, cursors, view, sources, sessions }: PanelState): Line {
  if (view === 'sources') return arrangement(sources, 'cost');
  if (view === 'sessions') return arrangement(sessions, 'last seen');
  const set = [
    query.text === undefined ? null : `/${query.text}`,
    query.source === undefined ? null : `source ${sourceName(query.source)}`,
    query.status === undefined ? null : `status ${query.status}`,
    query.sessionId === undefined ? null : `session ${shortSessionId(query.sessionId)}`,
    query.sort === 'time' ? null : `by ${query.sort}`,
  ].filter((each) => each !== null);
  const count = countOf(stretch);
  const place = view === 'requests' && count > 0 ? `${cursors.requests.selected + 1}/${stretch.total ?? '…'}` : '';
  return [...(set.length > 0 ? [run(`${printableLine(set.join(', '))}  `, 'accent')] : []), run(place, 'dim')];
}

function arrangement({ text, sort }: Arrangement<string>, usual: string): Line {
  const set = [text === undefined ? null : `/${text}`, sort === usual ? null : `by ${sort === 'key' ? 'name' : sort}`];
  return [run(printableLine(set.filter((each) => each !== null).join(', ')), 'accent')];
}
