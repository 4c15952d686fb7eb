import { type ExchangeState, isFailed } from '../../../model/exchange.js';
import type { AnswerProgress } from '../../../model/progress.js';
import { isMain } from '../../../model/purpose.js';
import type { RequestSummary } from '../../../model/request.js';
import { formatCost, formatInput, outcomeOf } from '../../../text/request-figures.js';
import { ratingTone, type Tone } from '../../../text/style.js';
import type { Column } from '../../../text/table.js';
import { printableLine } from '../../../text/text.js';
import { formatPercent, formatRating, formatShortDuration, formatShortTime, shareOf } from '../../../text/units.js';
import { sourceName } from '../source-name.js';
import { outputSoFar, tokensSoFar } from './growing.js';

/** What a row needs beyond its stored data. */
export interface RowContext {
  now: Date;
  /** Whether all rows on the screen are from today, so that the time of day is enough. */
  isToday: boolean;
  /** The answer, if it is still coming. */
  growing(id: string): AnswerProgress | null;
}

/** The columns of the list. An open request shows its duration so far and its growing output. */
export function requestColumns({ now, isToday, growing }: RowContext): Column<RequestSummary>[] {
  const tokensOf = (row: RequestSummary) => tokensSoFar(row.tokens, growing(row.id));
  const timeWidth = isToday ? 8 : 11;
  return [
    {
      heading: 'TIME',
      width: timeWidth,
      cell: (row) => formatShortTime(row.timestamp, now, timeWidth),
      tone: () => 'dim',
    },
    { heading: 'MODEL', width: 10, dropOrder: 8, cell: shortModel },
    { heading: 'PURPOSE', width: 7, dropOrder: 6, cell: purposeOf, tone: (row) => (isMain(row) ? undefined : 'dim') },
    { heading: 'STATUS', width: 6, dropOrder: 11, align: 'right', cell: statusOf, tone: statusTone },
    { heading: 'IN', width: 6, align: 'right', cell: (row) => formatInput(tokensOf(row)) },
    {
      heading: 'CACHE',
      width: 5,
      dropOrder: 5,
      align: 'right',
      cell(row) {
        const { cacheRead, input } = tokensOf(row);
        return formatPercent(shareOf(cacheRead, input));
      },
      tone: missTone,
    },
    { heading: 'OUT', width: 6, dropOrder: 7, align: 'right', cell: (row) => outputSoFar(row.tokens, growing(row.id)) },
    { heading: 'COST', width: 8, align: 'right', cell: formatCost },
    { heading: 'TTFT', width: 8, dropOrder: 3, align: 'right', cell: (row) => formatShortDuration(row.ttftMs) },
    {
      heading: 'LATENCY',
      width: 8,
      dropOrder: 4,
      align: 'right',
      cell: (row) => formatShortDuration(tookMs(row, now)),
    },
    {
      heading: '±',
      width: 5,
      align: 'right',
      cell: (row) => (row.rating === null ? '' : formatRating(row.rating)),
      tone: (row) => ratingTone(row.rating),
    },
    { heading: 'SOURCES', width: 9, grow: true, dropOrder: 2, cell: heaviest, tone: () => 'dim' },
  ];
}

function isOpen({ state }: RequestSummary): boolean {
  return state === 'open';
}

/** Claude Code gives up sooner (API_TIMEOUT_MS). Requests of a killed run stay open until the next run begins. */
const MAX_ANSWER_MS = 15 * 60_000;

/** Its answer may still be coming. */
export function isComing(row: RequestSummary): boolean {
  return isOpen(row) && Date.now() - row.timestamp.getTime() < MAX_ANSWER_MS;
}

/** Without `claude-` and the date at the end. */
function shortModel({ model, kind }: RequestSummary): string {
  return printableLine((model ?? kind).replace(/^claude-/, '').replace(/-20\d{6}$/, ''));
}

function purposeOf(row: RequestSummary): string {
  if (isMain(row)) return 'main';
  return row.purpose?.replace('subagent', 'agent') ?? 'agent';
}

/** Short enough for the column. */
const STATE_WORDS: Record<ExchangeState, string> = {
  open: 'open…',
  complete: 'ended',
  failed: 'failed',
  aborted: 'abort',
  cut_off: 'cut',
  interrupted: 'lost',
};

function statusOf(row: RequestSummary): string {
  // A transcript has no status.
  if (row.origin === 'transcript' && row.state === 'complete') return 'import';
  return outcomeOf(row, STATE_WORDS[row.state]);
}

function statusTone(row: RequestSummary): Tone | undefined {
  if (isOpen(row)) return 'accent';
  if (row.state === 'aborted') return 'warn';
  return isFailed(row.state) ? 'bad' : 'good';
}

function missTone({ cacheMiss }: RequestSummary): Tone | undefined {
  return cacheMiss === null ? undefined : 'warn';
}

function tookMs(row: RequestSummary, now: Date): number | null {
  return isOpen(row) ? Math.max(0, now.getTime() - row.timestamp.getTime()) : row.latencyMs;
}

function heaviest({ sources }: RequestSummary): string {
  return sources
    .slice(0, 3)
    .map(({ source, share }) => `${sourceName(source)} ${formatPercent(share)}`)
    .join(', ');
}
