import type { Known, Solution } from '../model/segment.js';
import { DamagedContentError } from './errors.js';

/** How `known` is told in runs: `[["exact", 12], ["shared", 3]]`. */
type Runs = [known: Known, count: number][];

/** As the content of a slice. Neighbours are mostly known alike, so `known` is stored in runs. */
export function encodeSolution({ tokens, known, cleared }: Solution): Uint8Array {
  const runs: Runs = [];
  for (const each of known) {
    const last = runs.at(-1);
    if (last?.[0] === each) last[1] += 1;
    else runs.push([each, 1]);
  }
  return Buffer.from(JSON.stringify({ tokens, known: runs, cleared }));
}

/** @throws DamagedContentError */
export function decodeSolution(stored: unknown): Solution {
  if (!isStoredSolution(stored)) throw new DamagedContentError('solution');
  const { tokens, known, cleared } = stored;
  const length = known.reduce((sum, [, count]) => sum + count, 0);
  // Checked before the runs are written out: a damaged count must not fill the memory.
  if (length !== tokens.length) throw new DamagedContentError('solution');
  return { tokens, known: known.flatMap(([each, count]) => new Array<Known>(count).fill(each)), cleared };
}

/** By hand: a schema library would cost every reader its start-up time. */
function isStoredSolution(value: unknown): value is { tokens: number[]; known: Runs; cleared: number[] } {
  if (typeof value !== 'object' || value === null) return false;
  if (!('tokens' in value) || !('known' in value) || !('cleared' in value)) return false;
  return isCounts(value.tokens) && isCounts(value.cleared) && Array.isArray(value.known) && value.known.every(isRun);
}

function isRun(run: unknown): run is Runs[number] {
  return Array.isArray(run) && run.length === 2 && KNOWN.has(run[0]) && isCount(run[1]);
}

const KNOWN: ReadonlySet<unknown> = new Set<Known>(['exact', 'shared', 'scaled', 'estimated']);

function isCounts(values: unknown): values is number[] {
  return Array.isArray(values) && values.every(isCount);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
