import { expect, test } from 'vitest';
import { TARGETS } from './targets/index.js';

/** The same inputs in every run. `npm run fuzz` tries new ones. */
const SEED = 18;

test.each(TARGETS.map((target) => [target.name, target] as const))('whatever is given to %s', async (_, target) => {
  expect(await target.run({ seed: SEED, runs: target.ciRuns })).toBeNull();
});
