import { basename } from 'node:path';
import type { SessionSummary } from '../../../model/session.js';
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

function folderAndName({ cwd, name }: SessionSummary): string {
  const folder = basename(cwd) || cwd;
  return printableLine(name === null ? folder : `${name} (${folder})`);
}

export function sessionColumns(now: Date, shorten: Shorten, width: number): Column<SessionSummary>[] {
  const isNarrow = width < NARROW;
  return [
    {
      heading: isNarrow ? 'SEEN' : 'LAST SEEN',
      width: isNarrow ? 8 : 16,
      cell: ({ lastSeen }) => (isNarrow ? formatShortTime(lastSeen, now, 8) : formatTime(lastSeen, now).slice(0, 16)),
      tone: () => 'dim',
    },
    { heading: 'FOLDER', width: 12, grow: true, cut: 'middle', cell: folderAndName },
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
      cell: ({ failedRequests }) => (failedRequests === 0 ? '' : String(failedRequests)),
      tone: () => 'bad',
    },
    { heading: 'IN', width: 7, dropOrder: 5, align: 'right', cell: ({ inputTokens }) => formatTokens(inputTokens) },
    {
      heading: 'OUT',
      width: 7,
      dropOrder: 3,
      align: 'right',
      cell: (row) => markEstimate(formatTokens(row.outputTokens), row.estimatedRequests > 0),
    },
    {
      heading: 'COST',
      width: 8,
      align: 'right',
      cell: (row) => markEstimate(formatDollars(row.costUsd), row.estimatedRequests > 0),
    },
    {
      heading: 'DURATION',
      width: 10,
      dropOrder: 1,
      align: 'right',
      cell: ({ durationMs }) => formatDuration(durationMs),
    },
    {
      heading: '±',
      width: 5,
      align: 'right',
      cell: ({ averageRating }) => (averageRating === null ? '' : formatRating(averageRating)),
      tone: ({ averageRating }) => ratingTone(averageRating),
    },
  ];
}
