import type { Stats, StatsRow } from '../../../store/index.js';
import { sparkline } from '../../../text/bars.js';
import { ratingTone } from '../../../text/style.js';
import type { Column } from '../../../text/table.js';
import { formatDollars, formatPercent, formatRating, formatTokens, formatValue, shareOf } from '../../../text/units.js';
import { sourceName } from './source-name.js';

const SPARKLINE_WIDTH = 16;

/** What each source put into requests, what that cost, and how the answers were rated. */
export function sourceColumns({ total }: Stats): Column<StatsRow>[] {
  return [
    { heading: 'SOURCE', width: 16, grow: true, cut: 'middle', cell: ({ key }) => sourceName(key ?? '–') },
    { heading: 'REQUESTS', width: 8, dropOrder: 3, align: 'right', cell: ({ requests }) => String(requests) },
    { heading: 'TOKENS', width: 8, align: 'right', cell: ({ inputTokens }) => formatTokens(inputTokens) },
    {
      heading: 'SHARE',
      width: 5,
      dropOrder: 4,
      align: 'right',
      cell: (row) => formatPercent(shareOf(row.inputTokens, total.inputTokens)),
    },
    { heading: 'COST', width: 9, align: 'right', cell: ({ costUsd }) => formatDollars(costUsd) },
    {
      heading: 'RATING',
      width: 6,
      align: 'right',
      cell: ({ averageRating }) => formatRating(averageRating),
      tone: ({ averageRating }) => ratingTone(averageRating),
    },
    {
      heading: 'GOOD/$',
      width: 6,
      dropOrder: 2,
      align: 'right',
      cell: ({ valuePerUsd }) => formatValue(valuePerUsd),
    },
    {
      heading: 'TOKENS OVER TIME',
      width: SPARKLINE_WIDTH,
      dropOrder: 1,
      cell: ({ series }) => sparkline(series, SPARKLINE_WIDTH),
      tone: () => 'bar',
    },
  ];
}
