import { REQUEST_HEAD_ROWS, requestsLayout, type Size, viewSize } from '../state/layout.js';
import type { Extent } from '../state/reducer.js';
import type { PanelState } from '../state/state.js';
import { countOf } from '../state/stretch.js';
import type { LaidOut } from '../text/document.js';
import type { Views } from './use-views.js';

/** How many rows or lines the view has, and how many are shown: tables have a heading. */
export function extentOf({ view, help, stretch }: PanelState, size: Size, views: Views, text: LaidOut | null): Extent {
  const { rows } = viewSize(size);
  if (text !== null) {
    const head = view === 'request' && !help ? REQUEST_HEAD_ROWS : 0;
    return { count: text.lines.length, height: rows - head };
  }
  if (view === 'sources') return { count: views.sources.value?.rows.length ?? 0, height: rows - 1 };
  if (view === 'sessions') return { count: views.sessions.value?.length ?? 0, height: rows - 1 };
  return { count: countOf(stretch), height: requestsLayout(size).list.rows - 1 };
}
