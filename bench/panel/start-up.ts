import { median } from '../numbers.js';
import { PRODUCT_WORDS, productEnv, WRAP_SPLIT } from '../targets/product.js';
import { openTerminal } from './terminal.js';
import type { Place } from './wrappers.js';

/** From the start of a command on a terminal to its end, milliseconds. */
export interface StartUp {
  name: string;
  ms: number | null;
  /** Beyond the first of them, run by run. */
  addedMs: number | null;
}

const SIZE = { width: 120, height: 40 };

/** In turns; the first of each makes the database, and is not counted. */
export async function measureStartUps(place: Place, runs: number): Promise<StartUp[]> {
  const commands = [
    { name: 'true', words: ['true'] },
    { name: 'node -e 0', words: [process.execPath, '-e', '0'] },
    { name: 'wrap --layout none', words: [...PRODUCT_WORDS, 'wrap', '--quiet', '--layout', 'none', '--', 'true'] },
    { name: 'wrap --layout split', words: [process.execPath, ...WRAP_SPLIT, 'true'] },
  ];
  const times = commands.map((): number[] => []);
  for (let run = 0; run <= runs; run += 1) {
    for (const [index, { words }] of commands.entries()) {
      const start = performance.now();
      const exitCode = await openTerminal(words, SIZE, productEnv(place)).ended;
      if (exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${exitCode}.`);
      if (run > 0) times[index]?.push(performance.now() - start);
    }
  }
  const [bare = []] = times;
  return commands.map(({ name }, index) => {
    const own = times[index] ?? [];
    return { name, ms: median(own), addedMs: index === 0 ? null : median(own.map((ms, run) => ms - (bare[run] ?? 0))) };
  });
}
