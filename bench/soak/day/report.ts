import type { Trend } from '../../trend.js';
import type { DayOutcome } from './day.js';
import type { SeriesTrend } from './samples.js';

const DIGITS = 1;

/** The figures of a day as a table, and all errors. */
export function describeDay(outcome: DayOutcome): string {
  const { options, claude, stored, api, looks, maintenance, trends, threads, exitCode, endSeconds } = outcome;
  const { runs, states, start } = maintenance;
  const most = (of: (state: (typeof states)[number]) => number) => Math.max(...states.map(of)).toFixed(DIGITS);
  const [first, last] = [states[0], states.at(-1)];
  return [
    `${options.hours} simulated hours in ${options.minutes} minutes, ${claude.sessions} sessions`,
    `requests: ${claude.requests} sent (${claude.resent} of them again), ${stored.requests} stored, ${stored.open} open; MCP calls: ${claude.calls} made, ` +
      `${stored.calls} stored, ${stored.delivered} joined with the request that carries their result`,
    `API: ${api.questions} questions (${api.gone} for requests that had been removed), ${api.events} events, ` +
      `${api.reconnects} reconnects; panel: ${looks} looks`,
    `wrong: ${JSON.stringify({ claude: claude.wrong, api: api.wrong })}; exit code ${exitCode} after ${endSeconds.toFixed(0)} s; ` +
      `${threads} threads started`,
    '',
    row('growth a day (95 %)', ['mean', 'max', 'after the first hour', 'in the second half']),
    ...trends.map(trendRow),
    '',
    'daily pruning:',
    ...runs.map(({ lateHours, at, end }) => {
      const late = lateHours === null ? 'due at once' : `${(lateHours * 60).toFixed(0)} min after it was due`;
      return `  at ${at.toFixed(2)} h (${late}), ended at ${end === null ? '–' : end.toFixed(2)} h`;
    }),
    `database: used ${first?.usedMb.toFixed(DIGITS)} MB at the start, ${most(({ usedMb }) => usedMb)} at most, ${last?.usedMb.toFixed(DIGITS)} at the end; ` +
      `file at most ${most(({ fileMb }) => fileMb)} MB, log at most ${most(({ logMb }) => logMb)} MB`,
    `oldest request: ${hoursOf(first?.oldest, start)} h at the start, ${hoursOf(last?.oldest, start)} h at the end`,
  ].join('\n');
}

function trendRow({ name, unit, afterFirstHour, secondHalf, max }: SeriesTrend): string {
  const mean = afterFirstHour?.mean.toFixed(DIGITS) ?? '';
  return row(`${name}${unit === '' ? '' : `, ${unit}`}`, [
    mean,
    max?.toFixed(DIGITS) ?? '',
    growthOf(afterFirstHour),
    growthOf(secondHalf),
  ]);
}

function growthOf(trend: Trend | null): string {
  if (trend === null) return 'too few points';
  const [slope = '', low = '', high = ''] = [trend.slope, ...trend.range].map((each) => (each * 24).toFixed(DIGITS));
  return `${slope} (${low} to ${high})`;
}

function row(name: string, [mean = '', max = '', ...growth]: readonly string[]): string {
  return (
    name.padEnd(26) +
    [mean, max].map((cell) => cell.padStart(8)).join('') +
    growth.map((cell) => cell.padStart(26)).join('')
  );
}

function hoursOf(at: number | null | undefined, start: number): string {
  return at == null ? '–' : ((at - start) / 3_600_000).toFixed(1);
}
