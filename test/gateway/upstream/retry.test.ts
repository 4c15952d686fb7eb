import { describe, expect, it } from 'vitest';
import { mayRepeat, RetryBudget } from '../../../src/gateway/upstream/retry.js';

describe('mayRepeat', () => {
  it('repeats anything that cannot have reached the server', () => {
    expect(mayRepeat(['tools/call', null], 'unreached')).toBe(true);
  });

  it.each(['tools/list', 'resources/read', 'prompts/get', 'initialize', 'server/discover'])(
    'repeats %s when the connection broke',
    (method) => {
      expect(mayRepeat([method], 'broken')).toBe(true);
    },
  );

  it.each([
    'tools/call',
    'notifications/cancelled',
    'tasks/cancel',
    'subscriptions/listen',
    'logging/setLevel',
    'x/own',
    null,
  ])('does not repeat %s that the server may have got', (method) => {
    expect(mayRepeat([method], 'broken')).toBe(false);
    expect(mayRepeat(['tools/list', method], 'broken')).toBe(false);
  });
});

describe('RetryBudget', () => {
  it('lets a fifth of the requests be repeated once its reserve is spent', () => {
    const budget = new RetryBudget(3);
    expect([budget.spend(), budget.spend(), budget.spend(), budget.spend()]).toEqual([true, true, true, false]);
    let repeated = 0;
    for (let count = 0; count < 100; count++) {
      budget.earn();
      if (budget.spend()) repeated += 1;
    }
    expect(repeated).toBe(20);
  });
});
