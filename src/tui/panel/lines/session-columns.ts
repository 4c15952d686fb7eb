import { basename } from 'node:path';
import type { SessionRow } from '../../../store/index.js';
import type { Shorten } from '../../../text/ids.js';
import { ratingTone } from '../../../text/style.js';
import type { Column } from '../../../text/table.js';
import { printableLine } from '../../../text/text.js';
import {
  formatDollars,
  formatDuration,
  formatRating,
  formatShortTime,
  formatTime,
  formatTokens,
  markEstimate,
} from '../../../text/units.js';

/** Below this width, a date leaves no room for the folder. */
const NARROW = 72;

export function sessionColumns(now: Date, shorten: Shorten, width: number): Column<SessionRow>[] {
  const isNarrow = width < NARROW;
  return [
    {
      heading: isNarrow ? 'SEEN' : 'LAST SEEN',
      width: isNarrow ? 8 : 16,
      cell: ({ last_seen }) =>
        isNarrow ? formatShortTime(last_seen, now, 8) : formatTime(last_seen, now).slice(0, 16),
      tone: () => 'dim',
    },
    { heading: 'FOLDER', width: 12, grow: true, cut: 'middle', cell: ({ cwd }) => printableLine(basename(cwd) || cwd) },
    { heading: 'SESSION', width: 8, dropOrder: 4, cell: ({ id }) => printableLine(shorten(id)) },
    {
      heading: isNarrow ? 'REQ' : 'REQUESTS',
      width: isNarrow ? 5 : 8,
      align: 'right',
      cell: ({ requests }) => String(requests),
    },
    {
      heading: 'FAILED',
      width: 6,
      dropOrder: 2,
      align: 'right',
      cell: ({ failed_requests }) => (failed_requests === 0 ? '' : String(failed_requests)),
      tone: () => 'bad',
    },
    { heading: 'IN', width: 7, dropOrder: 5, align: 'right', cell: ({ input_tokens }) => formatTokens(input_tokens) },
    {
      heading: 'OUT',
      width: 7,
      dropOrder: 3,
      align: 'right',
      cell: (row) => markEstimate(formatTokens(row.output_tokens), row.estimated_requests > 0),
    },
    {
      heading: 'COST',
      width: isNarrow ? 7 : 8,
      align: 'right',
      cell: (row) => markEstimate(formatDollars(row.cost_usd), row.estimated_requests > 0),
    },
    {
      heading: 'LASTED',
      width: 10,
      dropOrder: 1,
      align: 'right',
      cell: ({ duration_ms }) => formatDuration(duration_ms),
    },
    {
      heading: '±',
      width: 5,
      align: 'right',
      cell: ({ average_rating }) => (average_rating === null ? '' : formatRating(average_rating)),
      tone: ({ average_rating }) => ratingTone(average_rating),
    },
  ];
}
