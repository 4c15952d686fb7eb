import type { McpCallRow } from '../../../model/mcp-rows.js';
import { callName, callState, callTone, mcpWord, saidAndGotOf } from '../../../text/mcp-figures.js';
import type { Column } from '../../../text/table.js';
import { formatDuration, formatShortTime, formatTokens } from '../../../text/units.js';
import type { CallsChoice } from '../state/state.js';
import type { TreeRow } from '../state/tree.js';
import type { McpRowFigures } from './mcp-nodes.js';
import { treeName } from './tree-name.js';

type Row = TreeRow<McpRowFigures>;

/** Below this width, notes are one or two words. */
const WIDE = 116;
const VERY_WIDE = 170;

/** Servers and their tools: how often they were called, how fast they answered, and what the model got of it. */
export function serverColumns(width: number): Column<Row>[] {
  return [
    { heading: 'SERVER', width: 14, grow: true, cut: 'middle', cell: treeName },
    { heading: 'CALLS', width: 5, align: 'right', cell: ({ node }) => String(node.figures.calls ?? '') },
    {
      heading: 'FAILED',
      width: 6,
      align: 'right',
      cell: ({ node }) => String(node.figures.failedCalls || ''),
      tone: () => 'bad',
    },
    { heading: 'P50', width: 7, dropOrder: 1, align: 'right', cell: ({ node }) => durationCell(node.figures.p50Ms) },
    { heading: 'P95', width: 7, dropOrder: 2, align: 'right', cell: ({ node }) => durationCell(node.figures.p95Ms) },
    {
      heading: 'SENT → GOT',
      width: 15,
      align: 'right',
      cell: ({ node }) => node.figures.results,
      tone: ({ node }) => (node.figures.isReduced ? 'warn' : undefined),
    },
    {
      heading: 'DEFINITIONS',
      width: 11,
      dropOrder: 3,
      align: 'right',
      cell: ({ node: { figures } }) =>
        figures.definitionTokens === null ? '' : formatTokens(figures.definitionTokens),
    },
    {
      heading: '',
      width: noteWidth(width),
      dropOrder: 4,
      cell: ({ node }) => node.figures.notes.map(({ text }) => text).join(', '),
      tone: ({ node }) => node.figures.notes[0]?.tone,
    },
  ];
}

function noteWidth(width: number): number {
  if (width >= VERY_WIDE) return 90;
  return width >= WIDE ? 30 : 21;
}

function durationCell(ms: number | null): string {
  return ms === null ? '' : formatDuration(ms);
}

/** Below this width, times have no date. */
const NARROW = 72;

export function callColumns({ server }: CallsChoice, now: Date, width: number): Column<McpCallRow>[] {
  const timeWidth = width < NARROW ? 8 : 11;
  return [
    {
      heading: 'TIME',
      width: timeWidth,
      cell: ({ sentAt }) => formatShortTime(sentAt, now, timeWidth),
      tone: () => 'dim',
    },
    {
      heading: 'TOOL',
      width: 12,
      grow: true,
      cut: 'middle',
      cell: (row) => (server === undefined ? `${row.server} ${callName(row)}` : callName(row)),
    },
    { heading: 'STATE', width: 12, cell: callState, tone: ({ state }) => callTone(state) },
    { heading: 'LATENCY', width: 8, dropOrder: 2, align: 'right', cell: ({ latencyMs }) => durationCell(latencyMs) },
    {
      heading: 'SENT → GOT',
      width: 15,
      dropOrder: 3,
      align: 'right',
      cell: saidAndGotOf,
      tone: ({ delivery }) => (delivery === null || delivery.form === 'whole' ? undefined : 'warn'),
    },
    {
      heading: 'MODEL GOT',
      width: 15,
      dropOrder: 1,
      cell: ({ delivery }) => (delivery === null ? '' : mcpWord(delivery.form)),
      tone: ({ delivery }) => (delivery?.form === 'whole' ? 'dim' : 'warn'),
    },
  ];
}
