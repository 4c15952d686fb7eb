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
import { layOut } from './document.js';
import { growingBlocks, outputSoFar, tokensSoFar } from './growing.js';
import { fitScreenTable } from './screen-table.js';
import { sourceName } from './source-name.js';

type SourceTotal = RequestSummary['sources'][number];

/**
 * A request and its sources, the largest first. While its answer is coming, the sources are unknown, and the end of the
 * answer is shown.
 *
 * @param shorten for panels that have no room for the whole id
 * @param previous the request before it in its thread; null when there is none, undefined while it is read
 * @param height maximum number of lines; the last one counts the sources that did not fit
 */
export function breakdownLines(
  row: RequestSummary,
  previous: RequestSummary | null | undefined,
  growing: AnswerProgress | null,
  shorten: Shorten,
  width: number,
  height: number,
): Line[] {
  const head = [cutLine(summary(row, previous, growing, shorten, width), width), ...missLine(row, width)];
  if (row.sources.length === 0) {
    const instead =
      growing === null ? [[fragment(emptyReason(row), 'dim')]] : endOf(growing, width, height - head.length);
    return [...head, ...instead].slice(0, height);
  }
  const { sources } = row;
  const columns = fitScreenTable(columnsFor(sources, width), width);
  const room = Math.max(0, height - head.length - 1);
  const fits = sources.length <= room;
  const shown = sources.slice(0, fits ? room : Math.max(0, room - 1));
  const rest = sources.slice(shown.length);
  return [
    ...head,
    headingLine(columns),
    ...shown.map((each) => rowLine(columns, each)),
    ...(rest.length > 0 ? [restLine(rest, width)] : []),
  ].slice(0, height);
}

/** Below this width, the whole id would leave no room for the rest. */
const NARROW = 80;

function endOf(growing: AnswerProgress, width: number, height: number): readonly Line[] {
  return height <= 0 ? [] : layOut(growingBlocks(growing), width).lines.slice(-height);
}

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
  const since = width < NARROW ? '' : ' since the one before';
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

function missLine({ cacheMiss }: RequestSummary, width: number): Line[] {
  if (cacheMiss === null) return [];
  const lines = wrap(`cache missed: ${describeCacheMiss(cacheMiss)}`, width);
  return lines.slice(0, MISS_ROWS).map((line) => [fragment(line, 'warn')]);
}

function emptyReason({ state, kind }: RequestSummary): string {
  if (kind !== 'messages') return `Requests of kind ${kind} carry no context.`;
  return state === 'open' ? 'Its sources are known when its answer has come.' : 'Its sources are unknown.';
}

function columnsFor(sources: readonly SourceTotal[], width: number): Column<SourceTotal>[] {
  const most = Math.max(...sources.map(({ tokens }) => tokens));
  const barWidth = barWidthFor(width);
  return [
    { heading: 'SOURCE', width: 16, grow: true, cut: 'middle', cell: ({ source }) => sourceName(source) },
    {
      heading: '',
      width: barWidth,
      dropOrder: 2,
      cell: ({ tokens }) => bar(tokens, most, barWidth),
      tone: () => 'bar',
    },
    { heading: 'TOKENS', width: 7, align: 'right', cell: ({ tokens }) => formatTokens(tokens) },
    { heading: 'SHARE', width: 5, align: 'right', cell: ({ share }) => formatPercent(share) },
    { heading: 'COST', width: 7, dropOrder: 1, align: 'right', cell: ({ costUsd }) => formatDollars(costUsd) },
    {
      heading: 'NEW',
      width: 7,
      align: 'right',
      cell: ({ newTokens: added }) => (added === null ? '–' : formatSigned(added)),
      tone: ({ newTokens: added }) => (added === null ? 'dim' : 'accent'),
    },
  ];
}

/** Names rarely need more than 40 columns. */
function barWidthFor(width: number): number {
  if (width >= 100) return Math.min(60, Math.floor(width / 3));
  return width >= 60 ? 12 : 8;
}

function restLine(rest: readonly SourceTotal[], width: number): Line {
  const tokens = rest.reduce((sum, each) => sum + each.tokens, 0);
  return cutLine([fragment(`… and ${rest.length} more, ${formatTokens(tokens)} tokens`, 'dim')], width);
}
