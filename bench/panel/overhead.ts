import { interval } from '../bootstrap.js';
import type { Measurement } from '../measurement.js';
import { median } from '../numbers.js';
import { type Entry, playRounds, type Results } from '../rounds.js';
import { besidePanel } from '../targets/beside-panel.js';
import { claudeTrace } from '../targets/claude-trace.js';
import type { Arena } from '../targets/contestant.js';
import { direct } from '../targets/direct.js';
import { WORKLOADS } from '../workloads.js';

/** What the proxy adds to the p99 of a direct connection, with the pane and without: medians of rounds, milliseconds. */
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

const CONTESTANTS = [direct, claudeTrace, besidePanel];

export async function measureOverhead(
  arenaOf: (name: string) => Arena,
  rounds: number,
  maxSeconds: number,
): Promise<Overhead[]> {
  const entries: Entry[] = [];
  for (const { name, start } of CONTESTANTS) entries.push({ name, runner: await start(arenaOf(name)) });
  const { results, failed } = await playRounds(entries, rounds, maxSeconds, CLAUDES);
  for (const { runner } of entries) await runner.stop();
  const [why] = Object.entries(failed);
  if (why !== undefined) throw new Error(why.join(': '));
  return CLAUDES.map(({ name }) => overheadOf(results, name));
}

function overheadOf(results: Results, workload: string): Overhead {
  const roundsOf = ({ name }: { name: string }) => results.get(name)?.get(workload)?.slice(1) ?? [];
  const [bare, without, beside] = [roundsOf(direct), roundsOf(claudeTrace), roundsOf(besidePanel)];
  return {
    workload,
    directMs: median(bare.map(({ p99Ms }) => p99Ms)),
    addedWithoutMs: median(differences(without, bare)),
    addedWithMs: median(differences(beside, bare)),
    differenceMs: median(differences(beside, without)),
    differenceRange: interval(bare.length, (drawn) => median(pick(differences(beside, without), drawn))),
    errors: [...bare, ...without, ...beside].reduce((sum, { errors }) => sum + errors, 0),
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
