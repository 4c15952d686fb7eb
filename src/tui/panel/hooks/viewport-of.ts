import type { Size } from '../../split/layout.js';
import type { LaidOut } from '../lines/document.js';
import { REQUEST_HEAD_ROWS, viewSize } from '../state/layout.js';
import { countOf } from '../state/loaded-rows.js';
import type { Viewport } from '../state/reducer.js';
import { layoutOfRequests } from '../state/requests-layout.js';
import type { PanelState } from '../state/state.js';
import { statsRows } from './tree-rows.js';
import type { Views } from './use-views.js';

/** The rows or lines of the view, and how many of them are shown. Tables have a heading. */
export function viewportOf(state: PanelState, size: Size, views: Views, text: LaidOut | null): Viewport {
  const { view, help, loaded } = state;
  const { height } = viewSize(size);
  if (text !== null) {
    const head = view === 'request' && !help ? REQUEST_HEAD_ROWS : 0;
    return { count: text.lines.length, height: height - head };
  }
  if (view === 'sources') return { count: statsRows(state, views, size).length, height: height - 1 };
  if (view === 'sessions') return { count: views.sessions.value?.length ?? 0, height: height - 1 };
  return { count: countOf(loaded), height: layoutOfRequests(state, size).list.height - 1 };
}
