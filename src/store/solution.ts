import type { Known, Solution } from '../model/segment.js';
import { DamagedContentError } from './errors.js';

/** `known`, run-length encoded, since neighbours are mostly the same: `[["exact", 12], ["shared", 3]]`. */
type Repeats = [known: Known, count: number][];

/** The content of a slice. */
export function encodeSolution({ tokens, known, cleared }: Solution): Uint8Array {
  const repeats: Repeats = [];
  for (const each of known) {
    const last = repeats.at(-1);
    if (last?.[0] === each) last[1] += 1;
    else repeats.push([each, 1]);
  }
  return Buffer.from(JSON.stringify({ tokens, known: repeats, cleared }));
}

/** @throws DamagedContentError */
export function decodeSolution(stored: unknown): Solution {
  if (!isStoredSolution(stored)) throw new DamagedContentError('solution');
  const { tokens, known, cleared } = stored;
  const length = known.reduce((sum, [, count]) => sum + count, 0);
  // Checked before they are expanded: a damaged count must not fill the memory.
  if (length !== tokens.length) throw new DamagedContentError('solution');
  return { tokens, known: known.flatMap(([each, count]) => new Array<Known>(count).fill(each)), cleared };
}

/** By hand: a schema library would cost every reader start-up time. */
function isStoredSolution(value: unknown): value is { tokens: number[]; known: Repeats; cleared: number[] } {
  if (typeof value !== 'object' || value === null) return false;
  if (!('tokens' in value) || !('known' in value) || !('cleared' in value)) return false;
  return isCounts(value.tokens) && isCounts(value.cleared) && Array.isArray(value.known) && value.known.every(isRepeat);
}

function isRepeat(value: unknown): value is Repeats[number] {
  return Array.isArray(value) && value.length === 2 && KNOWN.has(value[0]) && isCount(value[1]);
}

const KNOWN: ReadonlySet<unknown> = new Set<Known>(['exact', 'shared', 'scaled', 'estimated']);

function isCounts(values: unknown): values is number[] {
  return Array.isArray(values) && values.every(isCount);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
