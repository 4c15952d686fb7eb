import type { AnswerProgress } from '../../../model/progress.js';
import type { RequestSummary } from '../../../model/request.js';
import { bar } from '../../../text/bars.js';
import { describeCacheMiss } from '../../../text/cache-miss.js';
import type { Shorten } from '../../../text/ids.js';
import { cutLine, fragment, type Line } from '../../../text/line.js';
import { formatCost } from '../../../text/request-figures.js';
import { type Column, headingLine, rowLine } from '../../../text/table.js';
import { printableLine } from '../../../text/text.js';
import { formatDollars, formatPercent, formatSigned, formatTokens } from '../../../text/units.js';
import { wrap } from '../../../text/wrap.js';
import type { TreeRow } from '../state/tree.js';
import { layOut } from './document.js';
import { growingBlocks, outputSoFar, tokensSoFar } from './growing.js';
import { fitScreenTable } from './screen-table.js';
import type { SourceFigures } from './source-nodes.js';
import { treeName } from './tree-name.js';

/**
 * What is said about a request above its sources.
 * @param shorten for panels that have no room for the whole id
 * @param previous the request before it in its thread, or null; undefined while it is read
 */
export function breakdownHead(
  row: RequestSummary,
  previous: RequestSummary | null | undefined,
  growing: AnswerProgress | null,
  shorten: Shorten,
  width: number,
): Line[] {
  return [cutLine(summary(row, previous, growing, shorten, width), width), ...missLines(row, width)];
}

/** What is shown in place of sources: why they are unknown, or the end of the answer that is still coming. */
export function insteadOfSources(
  row: RequestSummary,
  growing: AnswerProgress | null,
  size: { width: number; height: number },
) {
  if (growing === null) return [[fragment(whyNoSources(row), 'dim')]];
  return size.height <= 0 ? [] : layOut(growingBlocks(growing), size.width).lines.slice(-size.height);
}

/** Below this width, the whole id would leave no room for the rest. */
const NARROW = 80;

function summary(
  row: RequestSummary,
  previous: RequestSummary | null | undefined,
  growing: AnswerProgress | null,
  shorten: Shorten,
  width: number,
): Line {
  const { id } = row;
  const { input } = tokensSoFar(row.tokens, growing);
  const before = previous?.tokens.input ?? null;
  const grown = input === null || before === null ? null : input - before;
  const since = width < NARROW ? '' : ' since the last';
  const how = row.continuation === null || row.continuation === 'extends' ? '' : `, ${row.continuation}`;
  return [
    fragment(width < NARROW ? shorten(id) : id, 'heading'),
    fragment(`  ${formatTokens(input)} in, ${outputSoFar(row.tokens, growing)} out, ${formatCost(row)}`),
    ...(grown === null ? [] : [fragment(`  ${formatSigned(grown) || '±0'}${since}${how}`, 'accent')]),
    ...(row.error === null ? [] : [fragment(`  ${printableLine(row.error)}`, 'bad')]),
  ];
}

/** Enough for the end of the sentence, which says what was lost. */
const MISS_ROWS = 3;

export function missLines({ cacheMiss }: Pick<RequestSummary, 'cacheMiss'>, width: number): Line[] {
  if (cacheMiss === null) return [];
  const lines = wrap(`cache missed: ${describeCacheMiss(cacheMiss)}`, width);
  return lines.slice(0, MISS_ROWS).map((line) => [fragment(line, 'warn')]);
}

/** Why the sources of a request are not shown. */
export function whyNoSources({ state, kind }: RequestSummary): string {
  if (kind !== 'messages') return `Requests of kind ${kind} carry no context.`;
  return state === 'open' ? 'Its sources appear when its answer arrives.' : 'Its sources are unknown.';
}

/** A heading, and the rows from `top` that fit. */
export function sourceLines(
  rows: readonly TreeRow<SourceFigures>[],
  top: number,
  { width, height }: { width: number; height: number },
): Line[] {
  const columns = fitScreenTable(columnsFor(rows, width), width);
  return [headingLine(columns), ...rows.slice(top, top + height - 1).map((row) => rowLine(columns, row))];
}

type Row = TreeRow<SourceFigures>;

/** On a narrow panel notes give way first, then what is new, then the cost. */
function columnsFor(rows: readonly Row[], width: number): Column<Row>[] {
  const most = Math.max(...rows.map(({ node }) => node.figures.tokens));
  const barWidth = barWidthFor(width);
  return [
    {
      heading: width < NARROW ? 'CONTEXT' : 'WHAT FILLS THE CONTEXT',
      width: 18,
      grow: true,
      cut: 'middle',
      cell: treeName,
    },
    {
      heading: '',
      width: barWidth,
      cell: ({ node }) => bar(node.figures.tokens, most, barWidth),
      tone: () => 'bar',
    },
    { heading: 'TOKENS', width: 6, align: 'right', cell: ({ node }) => formatTokens(node.figures.tokens) },
    { heading: 'SHARE', width: 5, align: 'right', cell: ({ node }) => formatPercent(node.figures.share) },
    {
      heading: 'COST',
      width: 8,
      dropOrder: 3,
      align: 'right',
      cell: ({ node }) => formatDollars(node.figures.costUsd),
    },
    {
      heading: 'NEW',
      width: 6,
      dropOrder: 2,
      align: 'right',
      cell: ({ node }) => formatSigned(node.figures.newTokens),
      tone: ({ node: { figures } }) => (figures.newTokens === null ? 'dim' : 'accent'),
    },
    {
      heading: '',
      width: 15,
      dropOrder: 1,
      cell: ({ node }) => node.figures.note?.text ?? '',
      tone: ({ node }) => node.figures.note?.tone,
    },
  ];
}

/** Names rarely need more than 40 columns. */
function barWidthFor(width: number): number {
  if (width >= 100) return Math.min(60, Math.floor(width / 3) - 10);
  return width >= 60 ? 10 : 5;
}
