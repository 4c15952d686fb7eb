import type { SessionRow } from '../../store/index.js';
import { ratingTone } from './style.js';
import { type Column, renderTable } from './table.js';
import { formatDollars, formatDuration, formatPercent, formatRating, formatTime, formatTokens } from './units.js';

/** Terminals narrower than this get fewer columns. */
const WIDE = 130;

export function describeSessions(rows: readonly SessionRow[], total: number, width: number, now: Date): string[] {
  if (rows.length === 0) return ['No session matches.'];
  return [
    ...renderTable(columnsFor(width, now), rows, width),
    ...(rows.length < total ? [`${rows.length} of ${total}; --limit and --offset show more.`] : []),
  ];
}

function columnsFor(width: number, now: Date): Column<SessionRow>[] {
  const wide = width >= WIDE;
  const lastSeen: Column<SessionRow> = {
    heading: 'LAST SEEN',
    cell: (row) => formatTime(row.last_seen, now),
    tone: () => 'dim',
  };
  const id: Column<SessionRow> = { heading: 'SESSION', grow: !wide, cell: (row) => row.id };
  const right = (heading: string, cell: (row: SessionRow) => string): Column<SessionRow> => ({
    heading,
    align: 'right',
    cell,
  });
  const cost = right('COST', (row) => formatDollars(row.cost_usd));
  const tokens = right('IN', (row) => formatTokens(row.input_tokens));
  if (!wide) return [lastSeen, id, tokens, cost];
  return [
    lastSeen,
    id,
    right('LASTED', (row) => formatDuration(row.duration_ms)),
    right('REQUESTS', (row) => String(row.requests)),
    tokens,
    right('CACHED', (row) => formatPercent(row.input_tokens > 0 ? row.cache_read_tokens / row.input_tokens : null)),
    right('OUT', (row) => formatTokens(row.output_tokens)),
    cost,
    { ...right('RATING', (row) => formatRating(row.average_rating)), tone: (row) => ratingTone(row.average_rating) },
    {
      heading: 'FOLDER, MODELS',
      grow: true,
      cell: (row) => [row.cwd, row.models.join(', ')].filter(Boolean).join('  '),
    },
  ];
}
