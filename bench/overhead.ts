import { interval } from './bootstrap.js';
import type { Measurement } from './measurement.js';
import { median } from './numbers.js';
import { type Entry, playRounds, type Results } from './rounds.js';
import { WORKLOADS } from './workloads.js';

/** What the proxy adds to the p99 of a direct connection, under a burden and without: medians of rounds, milliseconds. */
export interface Overhead {
  workload: string;
  directMs: number | null;
  addedWithoutMs: number | null;
  addedWithMs: number | null;
  /** By how much the two differ within a round, and what nine of ten runs on this machine would say of it. */
  differenceMs: number | null;
  differenceRange: [low: number, high: number] | null;
  errors: number;
}

/** What Claude Code sends and gets. A hundred connections would measure who of all the processes gets a processor. */
const CLAUDES = WORKLOADS.filter(({ connections, requestBytes }) => connections === 1 && requestBytes < 10_000);

/** Three contestants in turns: the direct connection, the proxy, and the proxy under its burden. They are stopped then. */
export async function measureOverhead(
  contestants: readonly [direct: Entry, without: Entry, burdened: Entry],
  rounds: number,
  maxSeconds: number,
): Promise<Overhead[]> {
  const { results, failed } = await playRounds(contestants, rounds, maxSeconds, CLAUDES);
  for (const { runner } of contestants) await runner.stop();
  const [why] = Object.entries(failed);
  if (why !== undefined) throw new Error(why.join(': '));
  return CLAUDES.map(({ name }) => overheadOf(results, contestants, name));
}

function overheadOf(results: Results, contestants: readonly [Entry, Entry, Entry], workload: string): Overhead {
  const roundsOf = ({ name }: Entry) => results.get(name)?.get(workload)?.slice(1) ?? [];
  const [direct, without, burdened] = contestants;
  const [bare, free, beside] = [roundsOf(direct), roundsOf(without), roundsOf(burdened)];
  return {
    workload,
    directMs: median(bare.map(({ p99Ms }) => p99Ms)),
    addedWithoutMs: median(differences(free, bare)),
    addedWithMs: median(differences(beside, bare)),
    differenceMs: median(differences(beside, free)),
    differenceRange: interval(bare.length, (drawn) => median(pick(differences(beside, free), drawn))),
    errors: [...bare, ...free, ...beside].reduce((sum, { errors }) => sum + errors, 0),
  };
}

/** Of the p99, round by round. */
function differences(own: readonly Measurement[], others: readonly Measurement[]): (number | null)[] {
  return own.map(({ p99Ms }, round) => {
    const other = others[round]?.p99Ms ?? null;
    return p99Ms === null || other === null ? null : p99Ms - other;
  });
}

function pick<Value>(values: readonly Value[], indexes: readonly number[]): Value[] {
  return indexes.flatMap((index) => values[index] ?? []);
}
