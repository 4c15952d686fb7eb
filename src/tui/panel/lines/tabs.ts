import { truncate } from '../../../text/fit.js';
import { shortSessionId } from '../../../text/ids.js';
import { type Fragment, fragment, fragmentAt, type Line, spread, widthOf } from '../../../text/line.js';
import { callName } from '../../../text/mcp-figures.js';
import { printableLine } from '../../../text/text.js';
import type { Scope } from '../data/panel-data.js';
import { sourceName } from '../source-name.js';
import { countOf } from '../state/loaded-rows.js';
import { type Arrangement, type PanelState, tableOf, VIEWS, type View } from '../state/state.js';

/** Below this width, the other views have only a number. */
const NARROW = 84;

/** Columns of the name of a project or an agent. */
const MAX_NAME = 28;
const MIN_NAME = 6;

/** Columns of narrow tabs, of the place in the list, and of what separates names. */
const BESIDE_NAMES = 40;

/** The views, and the filters of the current one, with what the whole panel is limited to. */
export function tabsLine(state: PanelState, scope: Scope, width: number): Line {
  const left = tabs(state.view, scope, width);
  const limits = limitsOf(scope, width);
  return spread(left, [...limits, ...filters(state, width - widthOf([...left, ...limits]))], width);
}

/** The view whose tab is at this column. */
export function tabAt(shown: View, scope: Scope, width: number, column: number): View | undefined {
  return VIEWS[fragmentAt(tabs(shown, scope, width), column)];
}

function tabs(shown: View, scope: Scope, width: number): Fragment[] {
  const isNarrow = width - widthOf(limitsOf(scope, width)) < NARROW;
  return VIEWS.map((view, index): Fragment => {
    const number = index + 1;
    if (view === shown) return fragment(`[${number} ${view}]`, 'heading');
    return fragment(isNarrow ? ` ${number} ` : ` ${number} ${view} `, 'dim');
  });
}

/** `project …/shop, agent Explore`; on a small panel only the names. */
function limitsOf({ project, agent }: Scope, width: number): Fragment[] {
  const given = [
    { what: 'project ', name: project },
    { what: 'agent ', name: agent },
  ].filter(({ name }) => name !== undefined);
  if (given.length === 0) return [];
  const room = Math.max(MIN_NAME, Math.min(MAX_NAME, Math.floor((width - BESIDE_NAMES) / given.length)));
  const names = given.map(({ what, name = '' }) => {
    const label = room < 2 * what.length ? '' : what;
    return `${label}${truncate(printableLine(name), room - label.length, 'middle')}`;
  });
  return [fragment(`${names.join(', ')}  `, 'warn')];
}

/** @param room columns: the number of hidden side calls is left out if it does not fit */
function filters(state: PanelState, room: number): Line {
  const { query, loaded, cursors, view, sources, sessions, servers, hiddenSideCalls } = state;
  if (view === 'sources') return arrangement(sources, 'cost');
  if (view === 'sessions') return arrangement(sessions, 'last seen');
  if (tableOf(state) === 'servers') return arrangement(servers, 'calls');
  if (view === 'mcp') return mcpPlace(state);
  const set = [
    query.text === undefined ? null : `/${query.text}`,
    query.source === undefined ? null : `source ${sourceName(query.source)}`,
    query.status === undefined ? null : `status ${query.status}`,
    query.sessionId === undefined ? null : `session ${shortSessionId(query.sessionId)}`,
    query.sort === 'time' ? null : `by ${query.sort}`,
  ].filter((each) => each !== null);
  const count = countOf(loaded);
  const place = view === 'requests' && count > 0 ? `${cursors.requests.selected + 1}/${loaded.total ?? '…'}` : '';
  const shown = [
    ...(set.length > 0 ? [fragment(`${printableLine(set.join(', '))}  `, 'accent')] : []),
    fragment(place, 'dim'),
  ];
  if (place === '' || hiddenSideCalls === 0) return shown;
  const hidden = fragment(`${hiddenSideCalls} hidden  `, 'dim');
  return widthOf([hidden, ...shown]) < room ? [hidden, ...shown] : shown;
}

/** Which calls are listed. */
function mcpPlace({ mcp: { calls, call }, calls: arranged }: PanelState): Line {
  if (call !== null) return [];
  const { server, tool, source, requestId } = calls ?? {};
  const chosen = [
    ...(requestId === undefined ? [] : [`calls of ${requestId}`]),
    ...(source === undefined ? [] : [sourceName(source)]),
    ...(server === undefined ? [] : [server]),
    ...(tool === undefined ? [] : [callName(tool)]),
  ];
  return [fragment(printableLine(`${chosen.join(' ')}  `), 'accent'), ...arrangement(arranged, 'time')];
}

function arrangement({ text, sort }: Arrangement<string>, usual: string): Line {
  const set = [text === undefined ? null : `/${text}`, sort === usual ? null : `by ${sort === 'key' ? 'name' : sort}`];
  return [fragment(printableLine(set.filter((each) => each !== null).join(', ')), 'accent')];
}
