import { fragment, type Line, styledLine } from '../../../text/line.js';
import { style, type Tone } from '../../../text/style.js';
import { type Column, renderTable } from '../../../text/table.js';
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
  { heading: 'P50', ...right, cell: ({ p50Ms }) => formatDuration(p50Ms) },
  { heading: 'P95', ...right, cell: ({ p95Ms }) => formatDuration(p95Ms) },
  { heading: 'SESSIONS', ...right, cell: ({ sessions }) => String(sessions) },
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
  { heading: 'PER S', ...right, cell: ({ answersPerSecond: each }) => rate(each) },
  { heading: 'ERRORS', ...right, cell: ({ errors }) => String(errors), tone: (row) => errorTone(row.errorsPerSecond) },
  { heading: 'P50', ...right, dropOrder: 2, cell: ({ p50Ms }) => formatDuration(p50Ms) },
  { heading: 'P95', ...right, cell: ({ p95Ms }) => formatDuration(p95Ms) },
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
  { heading: 'PER S', ...right, cell: ({ callsPerSecond: each }) => rate(each) },
  {
    heading: 'FAILED',
    ...right,
    cell: ({ failedShare }) => share(failedShare),
    tone: (row) => failedTone(row.failedShare),
  },
  { heading: 'AVERAGE', ...right, cell: ({ averageMs }) => formatDuration(averageMs) },
];

/** @param width columns of the terminal */
export function topLines(figures: TopFigures, url: string, width: number): string[] {
  const { routes, upstreams, tools } = figures;
  return [
    headLine(figures, url),
    stateLine(figures),
    '',
    ...renderTable(ROUTES, routes, width),
    '',
    ...renderTable(UPSTREAMS, upstreams, width),
    ...(tools.length === 0 ? [] : ['', ...renderTable(TOOLS, tools, width)]),
  ];
}

function headLine({ version, isStopping, isRedisConnected, problems }: TopFigures, url: string): string {
  const line: Line = [
    fragment('gateway', 'heading'),
    fragment(` ${printableLine(url)}  ${printableLine(version)}`),
    ...(isStopping ? [fragment('  stopping', 'warn')] : []),
    ...(isRedisConnected === false ? [fragment('  without Redis', 'bad')] : []),
    ...(problems > 0 ? [fragment(`  ${counted(problems, 'problem')}, see its log`, 'bad')] : []),
  ];
  return styledLine(line);
}

function stateLine({ requests, requestsPerSecond, requestsInFlight, sessions, memoryBytes }: TopFigures): string {
  return style(
    [
      counted(requests, 'request'),
      `${rate(requestsPerSecond)} a second`,
      `${requestsInFlight} in flight`,
      counted(sessions, 'session'),
      formatBytes(memoryBytes),
    ].join('  '),
    'dim',
  );
}
