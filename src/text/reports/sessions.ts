import type { SessionSummary } from '../../model/session.js';
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

export function describeSessions(
  rows: readonly SessionSummary[],
  total: number,
  width: number,
  now: Date,
  offset = 0,
): string[] {
  if (rows.length === 0) return ['No session matches.'];
  return [
    ...renderTable(columnsAt(now, shortSessionIds(rows.map(({ id }) => id)), hasNames(rows)), rows, width),
    ...(offset + rows.length < total ? [`${rows.length} of ${total}; --limit and --offset show more.`] : []),
  ];
}

function hasNames(rows: readonly SessionSummary[]): boolean {
  return rows.some(({ name }) => name !== null);
}

function columnsAt(now: Date, shorten: Shorten, withNames: boolean): Column<SessionSummary>[] {
  return [
    { heading: 'LAST SEEN', cell: (row) => formatTime(row.lastSeen, now), tone: () => 'dim' },
    { heading: 'SESSION', cell: (row) => shorten(row.id) },
    { heading: 'DURATION', align: 'right', dropOrder: 3, cell: (row) => formatDuration(row.durationMs) },
    { heading: 'REQUESTS', align: 'right', dropOrder: 4, cell: (row) => String(row.requests) },
    { heading: 'IN', align: 'right', cell: (row) => formatTokens(row.inputTokens) },
    {
      heading: 'CACHED',
      align: 'right',
      dropOrder: 2,
      cell: (row) => formatPercent(shareOf(row.cacheReadTokens, row.inputTokens)),
    },
    {
      heading: 'OUT',
      align: 'right',
      dropOrder: 1,
      cell: (row) => markEstimate(formatTokens(row.outputTokens), row.estimatedRequests > 0),
    },
    {
      heading: 'COST',
      align: 'right',
      cell: (row) => markEstimate(formatDollars(row.costUsd), row.estimatedRequests > 0),
    },
    {
      heading: 'RATING',
      align: 'right',
      dropOrder: 5,
      cell: (row) => formatRating(row.averageRating),
      tone: (row) => ratingTone(row.averageRating),
    },
    {
      heading: withNames ? 'NAME, FOLDER, MODELS' : 'FOLDER, MODELS',
      grow: true,
      cell: (row) => [row.name, row.cwd, row.models.join(', ')].filter(Boolean).join('  '),
    },
  ];
}
