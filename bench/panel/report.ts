import { median, percentile } from '../numbers.js';
import type { Overhead } from '../overhead.js';
import type { Answers, Browsing } from './browse.js';
import type { ShownBytes } from './bytes.js';
import type { Memory } from './memory.js';
import type { PanelBench } from './panel.js';
import { SPLIT, TMUX } from './wrappers.js';

/** Targets of the terminal UI. */
const MAX_COMPOSED_MS = 2;
const MAX_ANSWER_MS = 50;
const TARGET_REQUESTS = 10_000;
/** Of what is alive, in the second half of an hour. */
const MAX_GROWTH_MB = 5;

export function describePanel(bench: PanelBench): string {
  return [
    'panel',
    ...table(
      ['start to end, ms', 'p50', 'over true'],
      bench.startUps.map(({ name, ms, addedMs }) => [name, fixed(ms, 0), fixed(addedMs, 0)]),
    ),
    '',
    ...table(
      ['echo of a typed key, ms', 'p50', 'p95', 'added', 'CPU'],
      bench.echo.map(({ name, p50Ms, p95Ms, addedMs, cpuMs }) => [
        name,
        ...[p50Ms, p95Ms, addedMs, cpuMs].map((ms) => fixed(ms, 2)),
      ]),
    ),
    '',
    ...table(
      // Without a wrapper nothing stands between.
      ['a frame of a busy child at 200x50', 'CPU ms', 'of a core', 'bytes'],
      bench.frames
        .slice(1)
        .map(({ name, cpuMs, cpuShare, bytes }) => [name, fixed(cpuMs, 2), percent(cpuShare), fixed(bytes, 0)]),
    ),
    `of it joining child and panel: p50 ${fixed(bench.composing.p50Ms, 2)}, p95 ${fixed(bench.composing.p95Ms, 2)} ms CPU`,
    '',
    ...table(['bytes to a terminal that', 'for each', 'tmux', 'split pane', 'times tmux'], bench.bytes.map(bytesRow)),
    '',
    ...table(
      ['proxy: added to the p99, ms', 'direct', 'no pane', 'pane', 'difference', 'nine of ten runs', 'errors'],
      bench.overhead.map(overheadRow),
    ),
    '',
    ...describeMemory(bench.memory),
    '',
    ...bench.browsing.flatMap(describeBrowsing),
    ...bench.leftOut.map((who) => `left out: ${who}`),
    '',
    ...verdicts(bench),
  ].join('\n');
}

function bytesRow({ terminal, work, bytes }: ShownBytes): string[] {
  const [tmux, split] = [bytes[TMUX] ?? null, bytes[SPLIT] ?? null];
  return [terminal, work, fixed(tmux, 1), fixed(split, 1), tmux && split ? (split / tmux).toFixed(1) : ''];
}

function overheadRow(overhead: Overhead): string[] {
  const { workload, directMs, addedWithoutMs, addedWithMs, differenceMs, differenceRange, errors } = overhead;
  return [
    workload,
    fixed(directMs, 2),
    fixed(addedWithoutMs, 2),
    fixed(addedWithMs, 2),
    fixed(differenceMs, 2),
    differenceRange?.map((value) => value.toFixed(2)).join(' to ') ?? '',
    String(errors),
  ];
}

function describeMemory({ minutes, requests, residentMb, liveMb, residentGrowthMb, liveGrowthMb }: Memory): string[] {
  const shown = Array.from({ length: 7 }, (_, index) => Math.round((index * (minutes - 1)) / 6));
  const each = [...new Set(shown)];
  return [
    ...table(
      [`${minutes} minutes, ${requests} requests; MB`, ...each.map((minute) => `${minute + 1} min`)],
      [
        ['resident', ...each.map((minute) => fixed(residentMb[minute] ?? null, 0))],
        ...Object.keys(liveMb.at(-1) ?? {}).map((thread) => [
          `alive: ${thread}`,
          ...each.map((minute) => fixed(liveMb[minute]?.[thread] ?? null, 1)),
        ]),
      ],
    ),
    `second half: resident ${signed(residentGrowthMb)} MB, alive ${signed(liveGrowthMb)} MB`,
  ];
}

function describeBrowsing({ requests, firstFrameMs, firstFrameCpuMs, byKey }: Browsing): string[] {
  const cells = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return [fixed(median(known), 1), fixed(percentile(known, 0.95), 1)];
  };
  const row = (name: string, { answeredMs, cpuMs, wholeMs }: Answers) => [
    name,
    String(answeredMs.length),
    ...cells(answeredMs),
    ...cells(cpuMs),
    ...cells(wholeMs),
  ];
  return [
    `tui, ${requests.toLocaleString('en')} requests: first frame after ${fixed(median(firstFrameMs), 0)} ms (CPU ${fixed(median(firstFrameCpuMs), 0)})`,
    ...table(
      ['from a key to its frame, ms', 'keys', 'p50', 'p95', 'CPU p50', 'p95', 'all read p50', 'p95'],
      [...Object.entries(byKey).map(([name, answers]) => row(name, answers)), row('all', allOf(byKey))],
    ),
    '',
  ];
}

function allOf(byKey: Browsing['byKey']): Answers {
  const all = Object.values(byKey);
  return {
    answeredMs: all.flatMap(({ answeredMs }) => answeredMs),
    cpuMs: all.flatMap(({ cpuMs }) => cpuMs),
    wholeMs: all.flatMap(({ wholeMs }) => wholeMs),
  };
}

function verdicts({ composing, memory, browsing, overhead }: PanelBench): string[] {
  const size = browsing.find(({ requests }) => requests === TARGET_REQUESTS);
  const answers = size && allOf(size.byKey);
  const p95 = answers ? percentile(answers.answeredMs, 0.95) : null;
  const cpuP95 = answers
    ? percentile(
        answers.cpuMs.filter((ms) => ms !== null),
        0.95,
      )
    : null;
  const slower = overhead.filter(({ differenceRange }) => (differenceRange?.[0] ?? 0) > 0);
  return [
    verdict(`compositor under ${MAX_COMPOSED_MS} ms a frame (CPU, p50)`, composing.p50Ms, MAX_COMPOSED_MS, 'ms'),
    verdict(`a key is answered in ${MAX_ANSWER_MS} ms at 10,000 requests (p95)`, p95, MAX_ANSWER_MS, 'ms'),
    verdict('the same in CPU time', cpuP95, MAX_ANSWER_MS, 'ms'),
    verdict(
      `what is alive grows by less than ${MAX_GROWTH_MB} MB in the second half of an hour`,
      memory.minutes < 60 ? null : memory.liveGrowthMb,
      MAX_GROWTH_MB,
      'MB',
    ),
    `${slower.length === 0 ? 'pass' : 'MISS'}: the proxy's p99 is the same beside a ${SPLIT}, but for noise: ${slower.map(({ workload }) => workload).join('; ') || 'all'}`,
  ];
}

function verdict(target: string, value: number | null, most: number, unit: string): string {
  if (value === null) return `unknown: ${target}: not measured`;
  return `${value < most ? 'pass' : 'MISS'}: ${target}: ${value.toFixed(1)} ${unit}`;
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}

function fixed(value: number | null, digits: number): string {
  return value === null ? '' : value.toFixed(digits);
}

function signed(value: number | null): string {
  return value === null ? '?' : `${value < 0 ? '' : '+'}${value.toFixed(1)}`;
}

function percent(share: number | null): string {
  return share === null ? '' : `${(100 * share).toFixed(1)} %`;
}
