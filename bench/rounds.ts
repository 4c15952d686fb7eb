import { describeError } from '../src/base/error-text.js';
import type { Measurement } from './measurement.js';
import type { Runner } from './targets/contestant.js';
import { WORKLOADS, type Workload } from './workloads.js';

export interface Entry {
  name: string;
  runner: Runner;
}

/** By contestant and workload, a measurement a round; the first warms the programs up and counts only by its errors. */
export type Results = Map<string, Map<string, Measurement[]>>;

/**
 * Interleaved: in each round every contestant has its turn at a workload before the next workload comes, so that a slow moment
 * of the machine meets all of them. Who begins changes by the round.
 *
 * @returns also why contestants failed altogether; they are out of the rounds from there on, and of the results.
 */
export async function playRounds(
  entries: readonly Entry[],
  rounds: number,
  maxSeconds: number,
  workloads: readonly Pick<Workload, 'name'>[] = WORKLOADS,
) {
  const results: Results = new Map(
    entries.map(({ name }) => [name, new Map(workloads.map((each) => [each.name, []]))]),
  );
  const failed: Record<string, string> = {};
  for (let round = 0; round <= rounds; round += 1) {
    for (const workload of workloads) {
      for (const { name, runner } of rotated(entries, round)) {
        if (!results.has(name)) continue;
        try {
          const measurement = await runner.measure({ workload: workload.name, maxSeconds });
          await runner.settle();
          results.get(name)?.get(workload.name)?.push(measurement);
        } catch (error) {
          failed[name] = describeError(error);
          results.delete(name);
        }
      }
    }
    process.stderr.write(`round ${round} of ${rounds}\n`);
  }
  return { results, failed };
}

/** Without the round that warms up. */
export function countedRounds(results: Results, contestant: string, workload: string): Measurement[] {
  return results.get(contestant)?.get(workload)?.slice(1) ?? [];
}

/** In all rounds. */
export function errorsOf(
  results: Results,
  contestant: string,
  workload: string,
): Pick<Measurement, 'errors' | 'errorSamples'> {
  const all = results.get(contestant)?.get(workload) ?? [];
  return {
    errors: all.reduce((total, { errors }) => total + errors, 0),
    errorSamples: [...new Set(all.flatMap(({ errorSamples }) => errorSamples))],
  };
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const first = by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
