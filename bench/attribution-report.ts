import type { Spread } from '../test/support/truth/compare.js';
import type { AttributionBench } from './attribution.js';

/** Targets of the attribution engine. */
const MAX_FIRST_MS = 1000;
const MAX_REPEAT_MS = 50;
const MAX_OF_SCRATCH = 0.1;

export function describeAttribution({ firstMs, repeat, long, truth }: AttributionBench): string {
  const ratio = long.threadMs / long.scratchMs;
  const slowest = Object.entries(firstMs).sort(([, a], [, b]) => b - a)[0] ?? ['nothing', 0];
  return [
    'attribution',
    `first megabyte of: ${Object.entries(firstMs)
      .map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`)
      .join(', ')}`,
    `repeated, ${repeat.bodies} damaged and hostile bodies: median ${repeat.medianMs.toFixed(1)}, p99 ${repeat.p99Ms.toFixed(1)}, worst ${repeat.worstMs.toFixed(1)} ms/MB`,
    `slowest (ms/MB): ${repeat.worst}`,
    `200th request (${(long.bodyBytes / 1000).toFixed(0)} KB): ${long.threadMs.toFixed(1)} ms in its thread, ${long.plainMs.toFixed(1)} ms by plain scaling, ${long.scratchMs.toFixed(0)} ms from scratch`,
    '',
    'error                  figures  tokens     p50      p95      max   | plain scaling',
    ...Object.entries(truth.ours).map(([arrival, own]) => {
      const scaled = truth.plain[arrival as keyof typeof truth.plain];
      return `${arrival.padEnd(20)} ${String(own.figures).padStart(9)}  ${percents(own)}   | ${percents(scaled)}`;
    }),
    '',
    verdict(
      `first tokenizing of a megabyte under ${MAX_FIRST_MS} ms`,
      slowest[1] < MAX_FIRST_MS,
      `${slowest[0]} ${slowest[1].toFixed(0)} ms`,
    ),
    verdict(
      `repeated attribution of a megabyte in ${MAX_REPEAT_MS} ms or less`,
      repeat.worstMs <= MAX_REPEAT_MS,
      `${repeat.worstMs.toFixed(1)} ms`,
    ),
    verdict(
      `200th request in ${MAX_OF_SCRATCH} of the time from scratch, or less`,
      ratio <= MAX_OF_SCRATCH,
      ratio.toFixed(3),
    ),
  ].join('\n');
}

function percents({ misplaced, p50, p95, max }: Spread): string {
  return [misplaced, p50, p95, max].map((share) => `${(100 * share).toFixed(2)} %`.padStart(8)).join(' ');
}

function verdict(target: string, met: boolean, measured: string): string {
  return `${met ? 'pass' : 'MISS'}: ${target}: ${measured}`;
}
