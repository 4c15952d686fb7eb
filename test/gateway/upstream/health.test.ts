import { describe, expect, it } from 'vitest';
import { Health } from '../../../src/gateway/upstream/health.js';

function health() {
  const changes: boolean[] = [];
  const limits = { unhealthyAfter: 3, healthyAfter: 2 };
  return { changes, it: new Health(limits, (isHealthy) => changes.push(isHealthy)) };
}

describe('Health', () => {
  it('counts consecutive failures, of checks and of requests', () => {
    const { it, changes } = health();
    for (const isOk of [false, false, true, false, false]) it.answered(isOk, 0);
    expect(it.isHealthy).toBe(true);
    it.checked(false, 1);
    expect(it.isHealthy).toBe(false);
    expect(changes).toEqual([false]);
  });

  it('becomes healthy after consecutive checks, never by a request', () => {
    const { it } = health();
    for (let count = 0; count < 3; count++) it.checked(false, 0);
    it.checked(true, 1);
    it.answered(true, 1);
    it.checked(false, 2);
    it.checked(true, 3);
    expect(it.isHealthy).toBe(false);
    it.checked(true, 4);
    expect(it.isHealthy).toBe(true);
  });
});
