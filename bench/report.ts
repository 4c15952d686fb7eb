import type { StartUp } from './start-up.js';
import type { Row } from './summary.js';
import type { Capture } from './targets/contestant.js';
import type { Verdict } from './verdicts.js';
import { WORKLOADS } from './workloads.js';

/** All that a run found; `--json` writes it as it is. */
export interface Report {
  node: string;
  cpus: number;
  rounds: number;
  rows: Row[];
  /** Least and greatest p50 of the direct connection by workload, milliseconds: how quiet the machine was. */
  spread: Record<string, [least: number, greatest: number]>;
  capture: Capture | null;
  startUp: StartUp;
  /** Contestants that could not take part, and why. */
  leftOut: Record<string, string>;
  /** What contestants' processes said on stderr. */
  complaints: Record<string, string>;
  verdicts: Verdict[];
}

export type Column<Row> = [heading: string, cell: (row: Row) => string];

const COLUMNS: readonly Column<Row>[] = [
  ['', (row) => row.contestant],
  ['p50 ms', (row) => fixed(row.p50Ms, 3)],
  ['x direct', (row) => fixed(row.p50Ratio, 2)],
  ['added', (row) => fixed(row.addedP50Ms, 3)],
  ['x tunnel', (row) => fixed(row.addedP50OfTunnel, 2)],
  ['p99 ms', (row) => fixed(row.p99Ms, 2)],
  ['x direct', (row) => fixed(row.p99Ratio, 2)],
  ['added', (row) => fixed(row.addedP99Ms, 2)],
  ['us/event', (row) => fixed(row.addedPerEventUs, 1)],
  ['req/s', (row) => fixed(row.requestsPerSecond, 0)],
  ['x direct', (row) => fixed(row.throughputRatio, 2)],
  ['x tunnel', (row) => fixed(row.throughputOfTunnel, 2)],
  ['errors', (row) => String(row.errors)],
];

/** The table for people, the capture, the start-up and the verdicts. */
export function describe(report: Report): string {
  return [
    `Node ${report.node}, ${report.cpus} CPUs, loopback; medians of ${report.rounds} interleaved rounds.`,
    `"added" is beyond direct; "x tunnel" of it is a multiple of what the blind tunnel adds; us/event is added p50 by event.`,
    ...WORKLOADS.flatMap(({ name, title }) => [
      '',
      `${name} (${title}; direct's p50 between rounds: ${describeSpread(report.spread[name])})`,
      ...table(
        COLUMNS,
        report.rows.filter(({ workload }) => workload === name),
      ),
    ]),
    '',
    ...describeCapture(report.capture),
    `start-up: true ${fixed(report.startUp.trueMs, 1)} ms, wrap -- true ${fixed(report.startUp.wrappedTrueMs, 1)} ms`,
    ...report.rows.filter(({ errors }) => errors > 0).map(describeErrors),
    ...Object.entries(report.leftOut).map(([name, why]) => `left out: ${name} (${why})`),
    ...Object.entries(report.complaints).map(([name, words]) => `${name} says: ${words.slice(0, 600)}`),
    '',
    ...report.verdicts.map(describeVerdict),
  ].join('\n');
}

export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const lines = [columns.map(([heading]) => heading), ...rows.map((row) => columns.map(([, cell]) => cell(row)))];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}

function describeSpread(spread: readonly number[] | undefined): string {
  return spread ? `${spread.map((each) => each.toFixed(2)).join(' to ')} ms` : 'unknown';
}

function describeCapture(capture: Capture | null): string[] {
  if (!capture) return [];
  const rates = Object.entries(capture.storedPerSecond).map(([workload, rate]) => `${fixed(rate, 0)}/s ${workload}`);
  return [
    `captured: ${capture.stored} of ${capture.sent} requests sent, ${capture.attributed} attributed, ${capture.cutBodies} bodies cut`,
    `stored and attributed at: ${rates.join('; ')}`,
  ];
}

const describeErrors = (row: Row) =>
  `${row.contestant}, ${row.workload}: ${row.errors} errors (${row.errorSamples.join('; ')})`;

export function describeVerdict({ target, measured, met }: Verdict): string {
  return `${met === null ? 'unknown' : met ? 'pass' : 'MISS'}: ${target}: ${measured}`;
}

export function fixed(value: number | null, digits: number): string {
  return value === null ? '' : value.toFixed(digits);
}
