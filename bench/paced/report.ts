import { type Column, describeVerdict, fixed, table } from '../report.js';
import { PACED, THOUSAND } from '../workloads.js';
import type { PacedBench } from './paced.js';
import type { Figure, PacedRow, ThousandRow } from './rows.js';

const figure = (heading: string, of: (row: PacedRow) => Figure): Column<PacedRow>[] => [
  [`${heading} ms`, (row) => fixed(of(row).ms, 2)],
  ['added', (row) => fixed(of(row).addedMs, 2)],
  ['x mitm', (row) => fixed(of(row).ofMitmproxy, 2)],
];

const COLUMNS: readonly Column<PacedRow>[] = [
  ['', ({ contestant }) => contestant],
  ...figure('first byte p50', ({ firstByteP50 }) => firstByteP50),
  ...figure('p95', ({ firstByteP95 }) => firstByteP95),
  ...figure('event p50', ({ eventP50 }) => eventP50),
  ...figure('p99', ({ eventP99 }) => eventP99),
  ['turns', ({ turns }) => String(turns)],
  ['errors', ({ errors }) => String(errors)],
];

const THOUSAND_COLUMNS: readonly Column<ThousandRow>[] = [
  ['', ({ contestant }) => contestant],
  ['p50 ms', ({ p50Ms }) => fixed(p50Ms, 2)],
  ['p99 ms', ({ p99Ms }) => fixed(p99Ms, 2)],
  ['x direct', ({ p99Ratio }) => fixed(p99Ratio, 2)],
  ['requests', ({ requests }) => String(requests)],
  ['errors', ({ errors }) => String(errors)],
];

/** Tables and verdicts, as text. */
export function describePaced(bench: PacedBench): string {
  const { node, cpus, rounds, rows, thousand, leftOut, complaints, verdicts } = bench;
  return [
    `Node ${node}, ${cpus} CPUs, loopback; ${rounds} interleaved rounds. "added" is beyond direct; "x mitm" of it is a multiple of what mitmproxy adds.`,
    '',
    `${PACED.name} (${PACED.title})`,
    ...table(COLUMNS, rows),
    '',
    `${THOUSAND.name} (${THOUSAND.title})`,
    ...table(THOUSAND_COLUMNS, thousand),
    '',
    ...[...rows, ...thousand]
      .filter(({ errors }) => errors > 0)
      .map(({ contestant, errors, errorSamples }) => `${contestant}: ${errors} errors (${errorSamples.join('; ')})`),
    ...Object.entries(leftOut).map(([name, why]) => `left out: ${name} (${why})`),
    ...Object.entries(complaints).map(([name, words]) => `${name} says: ${words.slice(0, 600)}`),
    ...verdicts.map(describeVerdict),
  ].join('\n');
}
