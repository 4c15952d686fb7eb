import type { StartUp } from './start-up.js';
import type { Row } from './summary.js';
import type { Ending } from './targets/contestant.js';
import { CLAUDE_TRACE } from './targets/index.js';
import { HUNDRED, ONE } from './workloads.js';

/** A target, and what was measured; `met` is null when it could not be. */
export interface Verdict {
  target: string;
  measured: string;
  met: boolean | null;
}

const MAX_ADDED_P50_OF_TUNNEL = 2.5;
const MIN_THROUGHPUT_OF_TUNNEL = 0.5;
const MAX_START_UP_MS = 250;

/** What the product promises, with capture on. */
export function judge(rows: readonly Row[], ending: Ending | null, startUp: StartUp): Verdict[] {
  const own = rows.filter(({ contestant }) => contestant === CLAUDE_TRACE);
  const one = own.find(({ workload }) => workload === ONE);
  const range = one?.addedP50OfTunnelRange?.map((value) => value.toFixed(2)).join(' to ') ?? 'unknown';
  const throughput = own.find(({ workload }) => workload === HUNDRED)?.throughputOfTunnel ?? null;
  const errors = own.length > 0 ? own.reduce((total, row) => total + row.errors, 0) : null;
  const capture = ending?.capture ?? null;
  return [
    {
      target: `added p50 at most ${MAX_ADDED_P50_OF_TUNNEL} x the blind tunnel's (${ONE})`,
      ...verdict(
        one?.addedP50OfTunnel ?? null,
        (value) => `${value.toFixed(2)} x (nine of ten runs: ${range})`,
        (value) => value <= MAX_ADDED_P50_OF_TUNNEL,
      ),
    },
    {
      target: `throughput at least ${MIN_THROUGHPUT_OF_TUNNEL} of the blind tunnel's (${HUNDRED})`,
      ...verdict(
        throughput,
        (value) => value.toFixed(2),
        (value) => value >= MIN_THROUGHPUT_OF_TUNNEL,
      ),
    },
    { target: '0 errors', ...verdict(errors, String, (value) => value === 0) },
    {
      target: 'every request stored',
      ...verdict(
        capture && capture.stored / capture.sent,
        () => `${capture?.stored} of ${capture?.sent}, ${capture?.cutBodies} bodies cut`,
        () => capture?.stored === capture?.sent && capture?.cutBodies === 0,
      ),
    },
    {
      target: `start-up at most ${MAX_START_UP_MS} ms over true`,
      ...verdict(
        startUp.addedMs,
        (value) => `${value.toFixed(0)} ms`,
        (value) => value <= MAX_START_UP_MS,
      ),
    },
  ];
}

export function verdict(value: number | null, write: (value: number) => string, isMet: (value: number) => boolean) {
  if (value === null || Number.isNaN(value)) return { measured: 'not measured', met: null };
  return { measured: write(value), met: isMet(value) };
}
