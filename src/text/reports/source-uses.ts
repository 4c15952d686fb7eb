import type { SourceUse, SourceUses, ToolUse } from '../../store/index.js';
import { describeFigures } from '../request-totals.js';
import type { Tone } from '../style.js';
import { type Column, renderFirstRows } from '../table.js';
import { printableLine } from '../text.js';
import { counted, formatDollars, formatPercent, formatTokens } from '../units.js';
import { wrapText } from '../wrap.js';

/** Maximum number of rows of each table; `--json` has all. */
const SHOWN_ROWS = 25;

/** Tables of the sources and tools that could be dropped, and notes on what the tables leave out. */
export function describeSourceUses(uses: SourceUses, width: number): string[] {
  if (uses.requests + uses.unbilledRequests === 0) return ['No request matches.'];
  const droppable = uses.sources.filter(({ idleTokens }) => idleTokens !== null);
  const others = uses.sources.filter(({ idleTokens, tokens }) => idleTokens === null && tokens > 0);
  return [
    `${[...describeFigures({ requests: uses.requests, inputTokens: uses.inputTokens }), describeCost(uses)].join(', ')}.`,
    ...notes(uses),
    '',
    ...renderFirstRows('What dropping each would have saved:', SOURCE_COLUMNS, droppable, width, SHOWN_ROWS),
    ...(others.length > 0
      ? wrapText(printableLine(`Nothing to drop: ${others.map(describeShare).join(', ')}.`), width)
      : []),
    ...(uses.tools.length > 0
      ? ['', ...renderFirstRows('Tools of MCP servers:', TOOL_COLUMNS, uses.tools, width, SHOWN_ROWS)]
      : []),
  ];
}

function describeCost({ requests, inputCostUsd }: SourceUses): string {
  if (requests === 0) return 'nothing billed';
  return inputCostUsd === null ? 'at an unknown price' : `${formatDollars(inputCostUsd)} without the answers`;
}

function notes({ inputCostUsd, ...uses }: SourceUses): string[] {
  const { unbilledRequests: unbilled, unpricedRequests: unpriced, outdatedRequests: outdated } = uses;
  const lines: string[] = [];
  if (unbilled > 0) lines.push(`${counted(unbilled, 'request')} without a bill left out.`);
  if (unpriced > 0 && inputCostUsd !== null) {
    lines.push(`${counted(unpriced, 'request')} to models without a known price: not in the cost.`);
  }
  if (outdated > 0) {
    lines.push(`${counted(outdated, 'request')} not attributed by this version: claude-trace reattribute does that.`);
  }
  return lines;
}

function describeShare({ source, share }: SourceUse): string {
  return `${source} ${formatPercent(share)}`;
}

const SOURCE_COLUMNS: readonly Column<SourceUse>[] = [
  { heading: 'SOURCE', grow: true, cut: 'middle', cell: (use) => use.source },
  { heading: 'TOKENS', align: 'right', cell: (use) => formatTokens(use.tokens) },
  { heading: 'SHARE', dropOrder: 4, align: 'right', cell: (use) => formatPercent(use.share) },
  { heading: 'COST', align: 'right', cell: (use) => formatDollars(use.costUsd) },
  { heading: 'IDLE', align: 'right', cell: (use) => formatTokens(use.idleTokens) },
  { heading: 'IDLE COST', align: 'right', cell: (use) => formatDollars(use.idleCostUsd) },
  { heading: 'REQUESTS', dropOrder: 1, align: 'right', cell: (use) => String(use.requests) },
  { heading: 'LISTED', dropOrder: 2, align: 'right', cell: (use) => formatCount(use.funnel?.listed) },
  { heading: 'LOADED', dropOrder: 3, align: 'right', cell: (use) => formatCount(use.funnel?.loaded) },
  {
    heading: 'CALLED',
    align: 'right',
    cell: (use) => formatCalls(use.funnel?.called),
    tone: (use) => callsTone(use.funnel?.called),
  },
];

const TOOL_COLUMNS: readonly Column<ToolUse>[] = [
  { heading: 'TOOL', grow: true, cell: (use) => use.tool },
  { heading: 'TOKENS', align: 'right', cell: (use) => formatTokens(use.tokens) },
  { heading: 'COST', align: 'right', cell: (use) => formatDollars(use.costUsd) },
  { heading: 'LISTED', dropOrder: 2, align: 'right', cell: (use) => formatCount(use.listed) },
  { heading: 'LOADED', dropOrder: 3, align: 'right', cell: (use) => formatCount(use.loaded) },
  { heading: 'CALLED', align: 'right', cell: (use) => formatCalls(use.called), tone: (use) => callsTone(use.called) },
];

function formatCount(count: number | null | undefined): string {
  return count === null || count === undefined ? '–' : String(count);
}

function formatCalls(count: number | null | undefined): string {
  return count === 0 ? 'never' : formatCount(count);
}

function callsTone(count: number | undefined): Tone | undefined {
  return count === 0 ? 'warn' : undefined;
}
