import type { SessionRow } from '../../store/index.js';
import { type Shorten, shortSessionIds } from '../ids.js';
import { ratingTone } from '../style.js';
import { type Column, renderTable } from '../table.js';
import {
  formatDollars,
  formatDuration,
  formatPercent,
  formatRating,
  formatTime,
  formatTokens,
  markEstimate,
  shareOf,
} from '../units.js';

export function describeSessions(rows: readonly SessionRow[], total: number, width: number, now: Date): string[] {
  if (rows.length === 0) return ['No session matches.'];
  return [
    ...renderTable(columnsAt(now, shortSessionIds(rows.map(({ id }) => id))), rows, width),
    ...(rows.length < total ? [`${rows.length} of ${total}; --limit and --offset show more.`] : []),
  ];
}

function columnsAt(now: Date, shorten: Shorten): Column<SessionRow>[] {
  return [
    { heading: 'LAST SEEN', cell: (row) => formatTime(row.last_seen, now), tone: () => 'dim' },
    { heading: 'SESSION', cell: (row) => shorten(row.id) },
    { heading: 'LASTED', align: 'right', dropOrder: 3, cell: (row) => formatDuration(row.duration_ms) },
    { heading: 'REQUESTS', align: 'right', dropOrder: 4, cell: (row) => String(row.requests) },
    { heading: 'IN', align: 'right', cell: (row) => formatTokens(row.input_tokens) },
    {
      heading: 'CACHED',
      align: 'right',
      dropOrder: 2,
      cell: (row) => formatPercent(shareOf(row.cache_read_tokens, row.input_tokens)),
    },
    {
      heading: 'OUT',
      align: 'right',
      dropOrder: 1,
      cell: (row) => markEstimate(formatTokens(row.output_tokens), row.estimated_requests > 0),
    },
    {
      heading: 'COST',
      align: 'right',
      cell: (row) => markEstimate(formatDollars(row.cost_usd), row.estimated_requests > 0),
    },
    {
      heading: 'RATING',
      align: 'right',
      dropOrder: 5,
      cell: (row) => formatRating(row.average_rating),
      tone: (row) => ratingTone(row.average_rating),
    },
    {
      heading: 'FOLDER, MODELS',
      grow: true,
      cell: (row) => [row.cwd, row.models.join(', ')].filter(Boolean).join('  '),
    },
  ];
}
