import { type Motion, moved, wheeled } from '../state/cursor.js';
import type { TreeRow } from '../state/tree.js';
import type { Commands } from './commands.js';
import { type BreakdownRows, breakdownRows, serverRows, statsRows } from './tree-rows.js';
import { viewportOf } from './viewport-of.js';

/** What ← or → does to a row of a tree. */
type Step = { type: 'fold'; key: string; isOpen: boolean } | { type: 'select'; index: number } | { type: 'leave' };

function stepFrom<Figures>(rows: readonly TreeRow<Figures>[], index: number, by: number): Step | null {
  const row = rows[index];
  if (row === undefined) return null;
  if (by > 0) return unfolding(row);
  if (row.isOpen === true) return { type: 'fold', key: row.node.key, isOpen: false };
  const around = rows.slice(0, index).findLastIndex(({ depth }) => depth < row.depth);
  return around === -1 ? { type: 'leave' } : { type: 'select', index: around };
}

function unfolding({ node, isOpen, restOf }: TreeRow<unknown>): Step | null {
  if (restOf !== undefined) return { type: 'fold', key: restOf, isOpen: true };
  return isOpen === false ? { type: 'fold', key: node.key, isOpen: true } : null;
}

/** The rows of the breakdown; null unless keys act on it. */
function focused({ store, views, size }: Commands): BreakdownRows | null {
  const state = store.current();
  if (state.view !== 'requests' || state.help || !state.breakdown.isFocused) return null;
  return breakdownRows(state, views, size);
}

/** ← and → in the list of requests, its breakdown, and the views of sources and MCP servers. */
export function stepInTree(commands: Commands, by: number): void {
  const { store, views, size } = commands;
  const state = store.current();
  if (state.view === 'sources' || state.view === 'mcp') {
    const step =
      state.view === 'sources'
        ? stepFrom(statsRows(state, views, size), state.cursors.sources.selected, by)
        : stepFrom(serverRows(state, views, size), state.cursors.servers.selected, by);
    if (step?.type === 'fold') store.dispatch(step);
    if (step?.type === 'select') {
      store.dispatch(step);
      store.dispatch({ type: 'resized', viewport: viewportOf(commands, state) });
    }
    return;
  }
  const shown = focused(commands);
  if (shown === null) {
    if (by > 0 && breakdownRows(state, views, size) !== null) store.dispatch({ type: 'focus', isFocused: true });
    return;
  }
  const step = stepFrom(shown.rows, shown.cursor.selected, by);
  if (step?.type === 'leave') store.dispatch({ type: 'focus', isFocused: false });
  if (step?.type === 'select') select(commands, shown, step.index, shown.cursor.top);
  if (step?.type === 'fold') foldAt(commands, step, shown.cursor.selected);
}

/** @returns whether the breakdown has the keys */
export function moveInBreakdown(commands: Commands, motion: Motion): boolean {
  const shown = focused(commands);
  if (shown === null) return false;
  const { selected, top } = moved(shown.cursor, motion, shown.rows.length, shown.height);
  select(commands, shown, selected, top);
  return true;
}

/** Enter: folds or unfolds a group, and shows the text of a source. @returns whether the breakdown has the keys */
export function openInBreakdown(commands: Commands): boolean {
  const shown = focused(commands);
  if (shown === null) return false;
  const row = shown.rows[shown.cursor.selected];
  if (row === undefined) return true;
  const { source, part } = row.node.figures;
  if (source !== null) commands.store.dispatch({ type: 'sourceText', only: { source, part } });
  else foldAt(commands, toggled(row), shown.cursor.selected);
  return true;
}

/** A click on a row selects it, and on the selected row opens it. */
export function pickInBreakdown(commands: Commands, index: number): void {
  const { store, views, size } = commands;
  const before = focused(commands);
  if (before !== null && before.cursor.selected === index) {
    openInBreakdown(commands);
    return;
  }
  store.dispatch({ type: 'focus', isFocused: true });
  const shown = breakdownRows(store.current(), views, size);
  if (shown !== null) select(commands, shown, index, shown.cursor.top);
}

/** The wheel over a breakdown that has more rows than there is room for. */
export function wheelInBreakdown(commands: Commands, lines: number): void {
  const { store, views, size } = commands;
  const shown = breakdownRows(store.current(), views, size);
  if (shown === null || shown.rows.length <= shown.height) return;
  store.dispatch({ type: 'focus', isFocused: true });
  const { selected, top } = wheeled(shown.cursor, lines, shown.rows.length, shown.height);
  select(commands, shown, selected, top);
}

/** Opens the selection in the view of sources, where a source has no single text. @returns the selected source; null for a group */
export function openInSources({ store, views, size }: Commands): string | null {
  const state = store.current();
  const row = statsRows(state, views, size)[state.cursors.sources.selected];
  if (row === undefined) return null;
  if (row.node.figures.source === null) store.dispatch(toggled(row));
  return row.node.figures.source;
}

/** The source of the selected row, in the breakdown and in the view of sources. */
export function sourceAt(commands: Commands): string | null {
  const { store, views, size } = commands;
  const state = store.current();
  if (state.view === 'sources')
    return statsRows(state, views, size)[state.cursors.sources.selected]?.node.figures.source ?? null;
  const shown = focused(commands);
  return shown?.rows[shown.cursor.selected]?.node.figures.source ?? null;
}

export function toggled({ node, isOpen, restOf }: TreeRow<unknown>): Extract<Step, { type: 'fold' }> {
  return { type: 'fold', key: restOf ?? node.key, isOpen: isOpen !== true };
}

/** The row at the index stays selected. If it was the count of the rest, that is now the first of the rest. */
function foldAt(commands: Commands, fold: Extract<Step, { type: 'fold' }>, index: number): void {
  commands.store.dispatch(fold);
  const shown = focused(commands);
  if (shown !== null) select(commands, shown, index, shown.cursor.top);
}

function select({ store }: Commands, { rows }: BreakdownRows, index: number, top: number): void {
  const key = rows[index]?.node.key;
  if (key !== undefined) store.dispatch({ type: 'sourceRow', key, top });
}
