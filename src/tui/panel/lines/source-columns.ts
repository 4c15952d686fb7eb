import type { Stats } from '../../../store/index.js';
import { bar, sparkline } from '../../../text/bars.js';
import { ratingTone } from '../../../text/style.js';
import type { Column } from '../../../text/table.js';
import { formatDollars, formatPercent, formatRating, formatTokens, shareOf } from '../../../text/units.js';
import type { TreeRow } from '../state/tree.js';
import type { SourceStats } from './stats-nodes.js';
import { treeName } from './tree-name.js';

type Row = TreeRow<SourceStats>;

const SPARKLINE_WIDTH = 16;
const BAR_WIDTH = 8;

/** What each source put into all requests, what that cost, and how the answers were rated. */
export function sourceColumns({ total }: Stats, rows: readonly Row[]): Column<Row>[] {
  const most = Math.max(...rows.map(({ node }) => node.figures.tokens));
  return [
    { heading: 'SOURCE', width: 16, grow: true, cut: 'middle', cell: treeName },
    {
      heading: '',
      width: BAR_WIDTH,
      dropOrder: 5,
      cell: ({ node }) => bar(node.figures.tokens, most, BAR_WIDTH),
      tone: () => 'bar',
    },
    { heading: 'TOKENS', width: 6, align: 'right', cell: ({ node }) => formatTokens(node.figures.tokens) },
    {
      heading: 'SHARE',
      width: 5,
      dropOrder: 4,
      align: 'right',
      cell: ({ node }) => formatPercent(shareOf(node.figures.tokens, total.inputTokens)),
    },
    { heading: 'COST', width: 8, align: 'right', cell: ({ node }) => formatDollars(node.figures.costUsd) },
    {
      heading: 'REQUESTS',
      width: 8,
      dropOrder: 3,
      align: 'right',
      cell: ({ node }) => String(node.figures.requests ?? ''),
    },
    {
      heading: 'RATING',
      width: 6,
      dropOrder: 2,
      align: 'right',
      cell: ({ node: { figures } }) => (figures.source === null ? '' : formatRating(figures.rating)),
      tone: ({ node }) => ratingTone(node.figures.rating),
    },
    {
      heading: 'TOKENS OVER TIME',
      width: SPARKLINE_WIDTH,
      dropOrder: 1,
      cell: ({ node }) => sparkline(node.figures.series, SPARKLINE_WIDTH),
      tone: () => 'bar',
    },
  ];
}
