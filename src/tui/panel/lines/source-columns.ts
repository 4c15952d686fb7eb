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
    { heading: 'TOKENS', width: 8, align: 'right', cell: ({ input_tokens }) => formatTokens(input_tokens) },
    {
      heading: 'SHARE',
      width: 5,
      dropOrder: 4,
      align: 'right',
      cell: (row) => formatPercent(shareOf(row.input_tokens, total.input_tokens)),
    },
    { heading: 'COST', width: 9, align: 'right', cell: ({ cost_usd }) => formatDollars(cost_usd) },
    {
      heading: 'RATING',
      width: 6,
      align: 'right',
      cell: ({ average_rating }) => formatRating(average_rating),
      tone: ({ average_rating }) => ratingTone(average_rating),
    },
    {
      heading: 'GOOD/$',
      width: 6,
      dropOrder: 2,
      align: 'right',
      cell: ({ value_per_usd }) => formatValue(value_per_usd),
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
