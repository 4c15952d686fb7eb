import type { HistoryBench, HistorySize, PeerComparison, Times } from './history.js';

const TARGET_SIZE = 10_000;
const MAX_COMMAND_MS = 400;

export function describeHistory({ sizes, bareNode, peer }: HistoryBench): string {
  return [
    'history: p50 / p95 ms, and how many times the p50 of the size before; from "newest page" on CPU time',
    row('requests', sizes, ({ requests }) => requests.toLocaleString('en')),
    row('raw bodies', sizes, ({ rawBytes }) => megabytes(rawBytes)),
    row('on disk', sizes, ({ diskBytes, rawBytes }) => `${megabytes(diskBytes)} ${percent(diskBytes / rawBytes)}`),
    row('insert, p50 / p99', sizes, ({ insert }) => `${insert.p50.toFixed(1)} / ${insert.p99.toFixed(1)}`),
    row('query, whole command', sizes, ({ command }, before) => cell(command, before?.command)),
    ...(sizes[0]?.questions ?? []).map(({ name }, index) =>
      row(name, sizes, ({ questions }, before) => cell(questions[index]?.times, before?.questions[index]?.times)),
    ),
    `node -e 0: ${pair(bareNode)}`,
    '',
    ...describePeer(peer),
    '',
    ...verdicts(sizes),
  ].join('\n');
}

function describePeer({ requests, diskBytes, ours, ...its }: PeerComparison): string[] {
  const line = (name: string, own: Times, other: Times) =>
    `${name.padEnd(28)}${pair(own).padStart(20)}${pair(other).padStart(20)}${`x${(own.p50 / other.p50).toPrecision(2)}`.padStart(10)}`;
  return [
    `beside a plain table of whole bodies, ${requests.toLocaleString('en')} requests, ${megabytes(diskBytes)} on disk`,
    `${''.padEnd(28)}${'ours'.padStart(20)}${'plain'.padStart(20)}${'ratio'.padStart(10)}`,
    line('insert', ours.insert, its.insert),
    line('--source mcp:serena', ours.bySource, its.bySource),
    line('text, rare word', ours.byText, its.byText),
  ];
}

function verdicts(sizes: readonly HistorySize[]): string[] {
  const size = sizes.find(({ requests }) => requests === TARGET_SIZE);
  if (size === undefined) return [];
  const slow = size.questions.filter(({ times, target }) => times.p95 > target);
  const told = slow.map(({ name, times, target }) => `${name} ${times.p95.toFixed(0)} ms of ${target}`);
  return [
    verdict(
      'questions at 10,000 requests within 50 ms, figures within 100 ms (p95)',
      told.length === 0,
      told.join(', ') || 'all',
    ),
    verdict(
      `query as a whole command under ${MAX_COMMAND_MS} ms (p95)`,
      size.command.p95 < MAX_COMMAND_MS,
      `${size.command.p95.toFixed(0)} ms`,
    ),
  ];
}

function verdict(target: string, met: boolean, measured: string): string {
  return `${met ? 'pass' : 'MISS'}: ${target}: ${measured}`;
}

type Cell = (size: HistorySize, before: HistorySize | undefined) => string;

function row(name: string, sizes: readonly HistorySize[], cell: Cell): string {
  return `${name.padEnd(28)}${sizes.map((size, index) => cell(size, sizes[index - 1]).padStart(24)).join('')}`;
}

function cell(times: Times | undefined, before: Times | undefined): string {
  if (times === undefined) return '';
  const growth = before === undefined ? '' : `x${(times.p50 / before.p50).toFixed(1)}`;
  return `${pair(times)} ${growth.padStart(5)}`;
}

function pair({ p50, p95 }: Times): string {
  return `${p50.toFixed(1)} / ${p95.toFixed(1)}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
