import { shareOf } from '../../../text/units.js';
import type { Size } from '../../split/layout.js';
import { missLines } from '../lines/breakdown.js';
import { type McpNode, type McpRowFigures, mcpNodes, sumMcp } from '../lines/mcp-nodes.js';
import { type SourceFigures, sourceNodes, sumFigures } from '../lines/source-nodes.js';
import { type SourceStats, statsNodes, sumStats } from '../lines/stats-nodes.js';
import { contains } from '../state/arrange.js';
import { type Cursor, inSight } from '../state/cursor.js';
import { viewSize } from '../state/layout.js';
import { rowAt } from '../state/loaded-rows.js';
import { layoutOfRequests } from '../state/requests-layout.js';
import { groupKey, isMinor, UNFOLD_FIRST } from '../state/source-groups.js';
import type { PanelState } from '../state/state.js';
import { type TreeRow, treeRows } from '../state/tree.js';
import type { Views } from './use-views.js';

const UNFOLD_FIRST_KEYS = UNFOLD_FIRST.map(groupKey);

/** The rows of the breakdown, and which of them are on the screen. */
export interface BreakdownRows {
  rows: readonly TreeRow<SourceFigures>[];
  height: number;
  cursor: Cursor;
}

/** Null if no request with sources is selected, or if the panel is too low for a breakdown. */
export function breakdownRows(state: PanelState, { selected, funnels }: Views, size: Size): BreakdownRows | null {
  const { loaded, cursors, folds, breakdown } = state;
  const request = rowAt(loaded, cursors.requests.selected);
  const area = layoutOfRequests(state, size).breakdown;
  if (request === null || request.sources.length === 0 || area.height === 0) return null;
  // The facts of the request and the heading are above the rows.
  const height = Math.max(1, area.height - 2 - missLines(request, area.width).length);
  const known = selected.value?.request.id === request.id ? selected.value : null;
  const nodes = sourceNodes(request, { shares: known?.shares ?? [], funnels: funnels.value ?? new Map() });
  const rows = treeRows(nodes, {
    folds,
    unfoldFirst: UNFOLD_FIRST_KEYS,
    isMinor: ({ share }) => isMinor(share),
    room: height,
    sum: sumFigures,
  });
  const index = Math.max(
    0,
    rows.findIndex(({ node }) => node.key === breakdown.key),
  );
  const cursor = { selected: index, top: breakdown.isFocused ? breakdown.top : 0 };
  return { rows, height, cursor: breakdown.isFocused ? inSight(cursor, rows.length, height) : cursor };
}

/** The rows of the view of sources; none until they are read. */
export function statsRows({ folds, sources }: PanelState, views: Views, size: Size): TreeRow<SourceStats>[] {
  const stats = views.sources.value;
  if (stats === null) return [];
  const nodes = statsNodes(stats, sources.sort);
  // A name that was searched for must not be hidden in a group.
  const all = Object.fromEntries(nodes.map(({ key }) => [key, true]));
  return treeRows(nodes, {
    folds: sources.text === undefined ? folds : { ...all, ...folds },
    unfoldFirst: UNFOLD_FIRST_KEYS,
    isMinor: ({ tokens }) => isMinor(shareOf(tokens, stats.total.inputTokens) ?? 0),
    room: viewSize(size).height - 1,
    sum: sumStats,
  });
}

/** The rows of the view of MCP servers; none until they are read. */
export function serverRows({ folds, servers }: PanelState, views: Views, size: Size): TreeRow<McpRowFigures>[] {
  if (views.servers.value === null) return [];
  const { text, sort } = servers;
  const nodes = mcpNodes(views.servers.value, sort).flatMap((node) => narrowed(node, text));
  const all = Object.fromEntries(nodes.map(({ key }) => [key, true]));
  return treeRows(nodes, {
    folds: text === undefined ? folds : { ...all, ...folds },
    unfoldFirst: nodes.map(({ key }) => key),
    isMinor: ({ calls, alteredCalls }) => calls === 0 && alteredCalls === 0,
    room: viewSize(size).height - 1,
    sum: sumMcp,
  });
}

/** A server whose name contains the text, with all its tools; else with the tools that contain it. */
function narrowed(node: McpNode, text: string | undefined): McpNode[] {
  if (contains(text, node.name)) return [node];
  const children = node.children.filter(({ name }) => contains(text, name));
  return children.length === 0 ? [] : [{ ...node, children }];
}
