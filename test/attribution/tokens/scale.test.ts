import { expect, it } from 'vitest';
import { remainderSolution } from '../../../src/attribution/tokens/scale.js';

it('gives the first piece what the bill leaves, and the others their estimates', () => {
  expect(remainderSolution([0, 10.4, 20.6], 1_000)).toEqual({
    tokens: [969, 10, 21],
    known: ['scaled', 'scaled', 'scaled'],
    cleared: [],
  });
});

it('shares out a bill that is smaller than the estimates', () => {
  const { tokens } = remainderSolution([0, 100, 300], 40);
  expect(tokens).toEqual([0, 10, 30]);
});
