import { cutLine, fragment, type Line, styledLine, widthOf } from '../../../text/line.js';
import type { Tone } from '../../../text/style.js';
import { type Column, fitTable, headingLine, rowLine } from '../../../text/table.js';
import { printableLine } from '../../../text/text.js';
import { counted, formatBytes, formatDuration, formatPercent } from '../../../text/units.js';
import type { RouteFigures, ToolFigures, TopFigures, UpstreamFigures } from './figures.js';

const NONE = '–';

const rate = (value: number | null) =>
  value === null ? NONE : value >= 100 ? String(Math.round(value)) : value.toFixed(1);
const share = (value: number | null) => (value === null ? NONE : formatPercent(value));
const right = { align: 'right' } as const;
const failedTone = (value: number | null): Tone | undefined => (value !== null && value > 0 ? 'bad' : undefined);
const errorTone = (value: number | null): Tone | undefined => (value !== null && value > 0 ? 'warn' : undefined);

const ROUTES: readonly Column<RouteFigures>[] = [
  { heading: 'ROUTE', cut: 'end', grow: true, cell: ({ route }) => printableLine(route) },
  { heading: 'REQUESTS', ...right, dropOrder: 2, cell: ({ requests }) => String(requests) },
  { heading: 'PER S', ...right, cell: ({ requestsPerSecond: each }) => rate(each) },
  {
    heading: 'FAILED',
    ...right,
    cell: ({ failedShare }) => share(failedShare),
    tone: (row) => failedTone(row.failedShare),
  },
  {
    heading: 'LIMITED',
    ...right,
    dropOrder: 1,
    cell: ({ limitedPerSecond: each }) => rate(each),
    tone: (row) => errorTone(row.limitedPerSecond),
  },
  { heading: 'P50', ...right, dropOrder: 4, cell: ({ p50Ms }) => formatDuration(p50Ms) },
  { heading: 'P95', ...right, dropOrder: 5, cell: ({ p95Ms }) => formatDuration(p95Ms) },
  { heading: 'SESSIONS', ...right, dropOrder: 3, cell: ({ sessions }) => String(sessions) },
];

const UPSTREAMS: readonly Column<UpstreamFigures>[] = [
  { heading: 'UPSTREAM', cut: 'end', grow: true, cell: ({ route, upstream }) => printableLine(`${route} ${upstream}`) },
  {
    heading: 'STATE',
    cell: ({ isHealthy }) => (isHealthy ? 'healthy' : 'unhealthy'),
    tone: ({ isHealthy }) => (isHealthy ? 'good' : 'bad'),
  },
  {
    heading: 'BREAKER',
    cell: ({ breaker }) => breaker.replace('_', ' '),
    tone: ({ breaker }) => (breaker === 'closed' ? 'dim' : 'bad'),
  },
  { heading: 'PER S', ...right, dropOrder: 4, cell: ({ answersPerSecond: each }) => rate(each) },
  {
    heading: 'ERRORS',
    ...right,
    dropOrder: 5,
    cell: ({ errors }) => String(errors),
    tone: (row) => errorTone(row.errorsPerSecond),
  },
  { heading: 'P50', ...right, dropOrder: 2, cell: ({ p50Ms }) => formatDuration(p50Ms) },
  { heading: 'P95', ...right, dropOrder: 3, cell: ({ p95Ms }) => formatDuration(p95Ms) },
  {
    heading: 'PROCESSES',
    ...right,
    dropOrder: 1,
    cell: ({ children }) => (children === null ? NONE : String(children)),
  },
];

const TOOLS: readonly Column<ToolFigures>[] = [
  { heading: 'TOOL', cut: 'end', grow: true, cell: ({ route, tool }) => printableLine(`${route} ${tool}`) },
  { heading: 'CALLS', ...right, cell: ({ calls }) => String(calls) },
  { heading: 'PER S', ...right, dropOrder: 1, cell: ({ callsPerSecond: each }) => rate(each) },
  {
    heading: 'FAILED',
    ...right,
    cell: ({ failedShare }) => share(failedShare),
    tone: (row) => failedTone(row.failedShare),
  },
  { heading: 'AVERAGE', ...right, dropOrder: 2, cell: ({ averageMs }) => formatDuration(averageMs) },
];

const routeTrouble = ({ failedShare }: RouteFigures) => Number(failedShare !== null && failedShare > 0);
const upstreamTrouble = ({ isHealthy, breaker, errorsPerSecond }: UpstreamFigures) =>
  !isHealthy || breaker !== 'closed' ? 2 : Number(errorsPerSecond !== null && errorsPerSecond > 0);

/** The lines of the head, and the blank one and the heading of each table. */
const HEAD = 2;
const OF_TABLE = 2;

/**
 * Rows that need attention come first. Where not all fit, each table says how many are left out.
 * @param width columns of the terminal @param height maximum number of lines
 */
export function topLines(figures: TopFigures, url: string, width: number, height = Number.POSITIVE_INFINITY): string[] {
  const { routes, upstreams, tools } = figures;
  const wanted = [routes.length, upstreams.length, tools.length].filter((rows) => rows > 0);
  const max = evenShare(height - HEAD - OF_TABLE * wanted.length, wanted);
  const lines = [
    headLine(figures, url, width),
    stateLine(figures),
    ...table(ROUTES, inOrder(routes, routeTrouble), width, max),
    ...table(UPSTREAMS, inOrder(upstreams, upstreamTrouble), width, max),
    ...table(TOOLS, tools, width, max),
  ];
  const shown = lines.length > height ? [...lines.slice(0, Math.max(0, height - 1)), [fragment('…', 'dim')]] : lines;
  return shown.map((line) => styledLine(cutLine(line, width)));
}

/** The most rows that each table can have, so that all fit `room`; at least 1. */
function evenShare(room: number, wanted: readonly number[]): number {
  let share = Math.max(1, ...wanted);
  while (share > 1 && wanted.reduce((sum, rows) => sum + Math.min(rows, share), 0) > room) share -= 1;
  return share;
}

/** The order stays where the trouble is the same. */
function inOrder<Row>(rows: readonly Row[], trouble: (row: Row) => number): Row[] {
  return rows.toSorted((one, other) => trouble(other) - trouble(one));
}

function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number, max: number): Line[] {
  if (rows.length === 0) return [];
  const shown = rows.length > max ? rows.slice(0, max - 1) : rows;
  const hidden = rows.length - shown.length;
  const fitted = fitTable(columns, shown, width);
  return [
    [],
    headingLine(fitted),
    ...shown.map((row) => rowLine(fitted, row)),
    ...(hidden === 0 ? [] : [[fragment(`… ${hidden} more`, 'dim')]]),
  ];
}

/** What is wrong is the last to be cut. */
function headLine({ version, isStopping, isRedisConnected, problems }: TopFigures, url: string, width: number): Line {
  const wrong: Line = [
    ...(isStopping ? [fragment('  stopping', 'warn')] : []),
    ...(isRedisConnected === false ? [fragment('  without Redis', 'bad')] : []),
    ...(problems > 0 ? [fragment(`  ${counted(problems, 'problem')}, see its log`, 'bad')] : []),
  ];
  const name = fragment('gateway', 'heading');
  const about = fragment(` ${printableLine(url)}  ${printableLine(version)}`);
  return [...cutLine([name, about], Math.max(widthOf([name]), width - widthOf(wrong))), ...wrong];
}

function stateLine({ requests, requestsPerSecond, requestsInFlight, sessions, memoryBytes }: TopFigures): Line {
  const parts = [
    counted(requests, 'request'),
    `${rate(requestsPerSecond)} a second`,
    `${requestsInFlight} in flight`,
    counted(sessions, 'session'),
    formatBytes(memoryBytes),
  ];
  return [fragment(parts.join('  '), 'dim')];
}
