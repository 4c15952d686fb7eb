import { basename } from 'node:path';
import { shortSessionId } from '../../../format/ids.js';
import { ratingTone } from '../../../format/style.js';
import { printableLine } from '../../../format/text.js';
import {
  formatDollars,
  formatDuration,
  formatRating,
  formatTime,
  formatTokens,
  markEstimate,
} from '../../../format/units.js';
import type { SessionRow } from '../../../store/index.js';
import type { Column } from '../text/columns.js';

/** Sessions of Claude Code, the last seen first. */
export function sessionColumns(now: Date): Column<SessionRow>[] {
  return [
    {
      heading: 'LAST SEEN',
      width: 16,
      cell: ({ last_seen }) => formatTime(last_seen, now).slice(0, 16),
      tone: () => 'dim',
    },
    { heading: 'FOLDER', width: 12, grow: true, cut: 'middle', cell: ({ cwd }) => printableLine(basename(cwd) || cwd) },
    { heading: 'SESSION', width: 8, dropOrder: 4, cell: ({ id }) => printableLine(shortSessionId(id)) },
    { heading: 'REQUESTS', width: 8, align: 'right', cell: ({ requests }) => String(requests) },
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
      width: 8,
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
