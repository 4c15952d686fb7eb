import { describe, expect, it, onTestFinished } from 'vitest';
import { NotRatedError } from '../../../../src/store/index.js';
import { createRater } from '../../../../src/tui/panel/data/rater.js';
import { someRequests } from '../support/some-requests.js';

describe('a rater', () => {
  it('goes on to the change before, when there is nothing left of the last', () => {
    const { file, store, send } = someRequests(0);
    const [first, second] = [send(), send()];
    const rater = createRater(file, 400);
    onTestFinished(() => {
      rater.close();
      store.close();
    });
    rater.rate(first.id, 1);
    rater.rate(second.id, -1);
    store.ratings.remove(second.id);
    expect(() => rater.undo()).toThrow(NotRatedError);
    expect(rater.undo()).toBe(first.id);
    expect(rater.undo()).toBeNull();
  });
});
