import { spawnSync } from 'node:child_process';
import { median } from './numbers.js';
import type { Arena } from './targets/contestant.js';
import { productEnv, WRAP } from './targets/product.js';

/** Medians of wall times in milliseconds. */
export interface StartUp {
  trueMs: number | null;
  wrappedTrueMs: number | null;
  /** What wrapping adds, pair by pair. */
  addedMs: number | null;
}

/** `true` and `wrap --quiet -- true` in turns; the database exists after the first, which is not counted. */
export function measureStartUp(arena: Pick<Arena, 'env' | 'folder'>, runs: number): StartUp {
  const env = productEnv(arena);
  const time = ([file = '', ...args]: readonly string[]) => {
    const start = performance.now();
    const { status, stderr } = spawnSync(file, args, { env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${args.join(' ') || file} ended with ${status}: ${stderr}`);
    return performance.now() - start;
  };
  time([...WRAP, 'true']);
  const bare: number[] = [];
  const wrapped: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    bare.push(time(['true']));
    wrapped.push(time([...WRAP, 'true']));
  }
  const added = wrapped.map((ms, run) => ms - (bare[run] ?? 0));
  return { trueMs: median(bare), wrappedTrueMs: median(wrapped), addedMs: median(added) };
}
