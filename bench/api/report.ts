import { percentile } from '../numbers.js';
import type { Overhead } from '../overhead.js';
import type { ApiBench } from './api.js';
import type { Asked } from './clients.js';

const TARGET_REQUESTS = 10_000;
const MAX_P95_MS = 100;

export function describeApi(bench: ApiBench): string {
  const { requests, clients, pauseMs, captured, paused, unpaused, overhead } = bench;
  return [
    `HTTP API of a wrap, ${requests.toLocaleString('en')} requests stored, ${captured.toFixed(0)} more a second being captured; by the clock`,
    `${clients} clients, each asking once ${pauseMs / 1000} s after its last answer: ${rate(paused)}`,
    line('', 'p50 ms', 'p95 ms', 'max ms', 'asked'),
    ...Object.entries(paused.answeredMs).map(([name, ms]) => timesLine(name, ms)),
    timesLine('all', Object.values(paused.answeredMs).flat()),
    '',
    `the same clients without a pause: ${rate(unpaused)}`,
    timesLine('all', Object.values(unpaused.answeredMs).flat()),
    '',
    'p99 ms that wrap adds to a direct connection, alone and asked by the clients that pause; its command sends as fast as it can',
    line('', 'direct', 'alone', 'asked', 'more', '  nine of ten runs'),
    ...overhead.map(overheadLine),
    '',
    ...verdicts(bench),
  ].join('\n');
}

function verdicts({ requests, paused, overhead }: ApiBench): string[] {
  const slow = Object.entries(paused.answeredMs).flatMap(([name, ms]) => {
    const p95 = percentile(ms, 0.95);
    return p95 !== null && p95 < MAX_P95_MS ? [] : [`${name} ${fixed(p95)} ms`];
  });
  const errors = [...new Set(paused.errors)].slice(0, 3);
  const slower = overhead.filter(({ differenceRange }) => (differenceRange?.[0] ?? 0) > 0);
  const target = `every read operation in ${MAX_P95_MS} ms at ${TARGET_REQUESTS.toLocaleString('en')} requests (p95)`;
  return [
    ...(requests === TARGET_REQUESTS ? [verdict(target, slow)] : []),
    verdict('no answer but 200', errors),
    verdict(
      "the proxy's p99 is the same while clients ask, but for noise",
      slower.map(({ workload }) => workload),
    ),
  ];
}

function verdict(target: string, missed: readonly string[]): string {
  return `${missed.length === 0 ? 'pass' : 'MISS'}: ${target}: ${missed.join('; ') || 'all'}`;
}

function rate({ answeredMs, errors, seconds }: Asked): string {
  const answers = Object.values(answeredMs).flat().length;
  return `${(answers / seconds).toFixed(0)} answers a second, ${errors.length} errors`;
}

function timesLine(name: string, ms: readonly number[]): string {
  const figures = [percentile(ms, 0.5), percentile(ms, 0.95), percentile(ms, 1)];
  return line(name, ...figures.map(fixed), String(ms.length));
}

function overheadLine({ workload, directMs, addedWithoutMs, addedWithMs, differenceMs, ...more }: Overhead): string {
  const range = more.differenceRange?.map(fixed).join(' to ') ?? 'unknown';
  return line(workload, ...[directMs, addedWithoutMs, addedWithMs, differenceMs].map(fixed), range);
}

function line(name: string, ...cells: string[]): string {
  return `${name.padEnd(34)}${cells.map((cell) => cell.padStart(10)).join('')}`;
}

function fixed(value: number | null): string {
  return value === null ? '' : value.toFixed(1);
}
