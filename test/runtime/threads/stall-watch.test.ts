import { describe, expect, it } from 'vitest';
import { CHECK_MS, createStallWatch } from '../../../src/runtime/threads/stall-watch.js';

/** What a watch over these figures says at each look: `!` where it has noticed. */
function looks(figures: readonly (number | null)[], limit: number): string {
  let said = '.';
  let next = 0;
  const watch = createStallWatch(
    limit * CHECK_MS,
    () => figures[next++] ?? null,
    () => {
      said = '!';
    },
  );
  return figures
    .map(() => {
      said = '.';
      watch.check();
      return said;
    })
    .join('');
}

describe('a stall', () => {
  it('is noticed once, when a figure has not changed for long enough', () => {
    expect(looks([1, 2, 2, 2, 3, 3, 3, 3, 3, 3], 3)).toBe('.......!..');
  });

  it('is not noticed while it cannot be judged', () => {
    expect(looks([1, null, null, null, null, 1, 1, 1, 1], 3)).toBe('........!');
    expect(looks([0, 0, 0, 0], 3)).toBe('...!');
  });
});
