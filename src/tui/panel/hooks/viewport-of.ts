import { ruleNotes } from '../lines/rule-notes.js';
import { contextRows, REQUEST_HEAD_ROWS, viewSize } from '../state/layout.js';
import { countOf } from '../state/loaded-rows.js';
import type { Viewport } from '../state/place.js';
import { layoutOfRequests } from '../state/requests-layout.js';
import { type PanelState, tableOf } from '../state/state.js';
import { turnLines } from '../state/turns.js';
import { choicesOf } from './choices.js';
import type { Commands } from './commands.js';
import { serverRows, statsRows } from './tree-rows.js';

/** The rows or lines of the view, and how many of them are shown. Tables have a heading. */
export function viewportOf(commands: Commands, state: PanelState): Viewport {
  const { size, views, text } = commands;
  const { view, help, loaded, prompt } = state;
  const { height } = viewSize(size);
  const choices = choicesOf(commands, prompt);
  if (choices !== null) return { count: choices.rows.length, height: height - 1 };
  if (text !== null) {
    const head = view === 'request' && !help ? REQUEST_HEAD_ROWS : 0;
    return { count: text.lines.length, height: height - head };
  }
  if (view === 'sources') return { count: statsRows(state, views, size).length, height: height - 1 };
  const table = tableOf(state);
  if (table === 'servers') {
    const notes = ruleNotes(
      commands.data.held.all(),
      views.servers.value?.alerts ?? [],
      new Date(),
      viewSize(size),
    ).length;
    return { count: serverRows(state, views, size).length, height: height - notes - 1 };
  }
  if (table === 'calls') return { count: views.calls.value?.rows.length ?? 0, height: height - 1 };
  if (view === 'context') {
    const count = views.context.value?.places.length ?? 0;
    return { count, height: contextRows(height, count) };
  }
  if (view === 'sessions') return { count: views.sessions.value?.length ?? 0, height: height - 1 };
  const { top } = state.cursors.requests;
  const room = layoutOfRequests(state, size).list.height - 1;
  return { count: countOf(loaded), height: Math.max(1, room - turnLines(state, top, top + room)) };
}
