import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Breaker, type BreakerState, type Outcome, type Pass } from '../../../src/gateway/upstream/breaker.js';

const LIMITS = { failureRate: 0.5, minRequests: 4, windowMs: 10_000, openMs: 5_000, probes: 2 };

function breaker() {
  const changes: [BreakerState, number][] = [];
  return { changes, it: new Breaker(LIMITS, (state, now) => changes.push([state, now])) };
}

function ask(of: Breaker, outcome: Outcome, now: number): boolean {
  const pass = of.enter(now);
  pass?.end(outcome, now);
  return pass !== null;
}

describe('Breaker', () => {
  it('opens when enough requests of the window failed', () => {
    const { it, changes } = breaker();
    for (const outcome of ['ok', 'failed', 'ok'] as const) ask(it, outcome, 0);
    expect(it.state).toBe('closed');
    ask(it, 'failed', 1);
    expect(changes).toEqual([['open', 1]]);
    expect(ask(it, 'ok', 2)).toBe(false);
    expect(it.opensIn(2)).toBe(4_999);
  });

  it('forgets what is older than the window', () => {
    const { it } = breaker();
    for (let count = 0; count < 3; count++) ask(it, 'failed', 0);
    ask(it, 'failed', 10_001);
    expect(it.state).toBe('closed');
  });

  it('closes after enough probes, and lets no more through until then', () => {
    const { it, changes } = breaker();
    for (let count = 0; count < 4; count++) ask(it, 'failed', 0);
    const probes = [it.enter(5_000), it.enter(5_000)];
    expect(it.enter(5_001)).toBeNull();
    probes[0]?.end('ok', 5_002);
    expect(it.enter(5_003)).toBeNull();
    probes[1]?.end('ok', 5_004);
    expect(changes.map(([state]) => state)).toEqual(['open', 'half_open', 'closed']);
    expect(ask(it, 'ok', 5_005)).toBe(true);
  });

  it('opens again with the first probe that fails', () => {
    const { it, changes } = breaker();
    for (let count = 0; count < 4; count++) ask(it, 'failed', 0);
    ask(it, 'ok', 5_000);
    ask(it, 'failed', 6_000);
    expect(changes.at(-1)).toEqual(['open', 6_000]);
    expect(it.opensIn(6_000)).toBe(5_000);
  });

  it('replaces a probe whose client left', () => {
    const { it } = breaker();
    for (let count = 0; count < 4; count++) ask(it, 'failed', 0);
    for (let count = 0; count < 5; count++) expect(ask(it, 'unknown', 5_000)).toBe(true);
    expect(it.state).toBe('half_open');
  });

  it('ignores the end of a request that it let through before it opened', () => {
    const { it } = breaker();
    const late = it.enter(0);
    for (let count = 0; count < 4; count++) ask(it, 'failed', 0);
    ask(it, 'ok', 5_000);
    late?.end('failed', 5_001);
    expect(it.state).toBe('half_open');
  });

  it('never refuses forever, and counts no request twice, whatever happens', () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 4_000 }),
      outcome: fc.constantFrom<Outcome>('ok', 'failed', 'unknown'),
      // 0: another request; else the end of one that is open, perhaps again.
      ends: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { it } = breaker();
        const passes: Pass[] = [];
        let now = 0;
        for (const { wait, outcome, ends } of steps) {
          now += wait;
          const pass = ends === 0 ? it.enter(now) : null;
          if (pass !== null) passes.push(pass);
          if (ends > 0) passes.at(-ends)?.end(outcome, now);
        }
        for (const pass of passes) pass.end('ok', now);
        now += LIMITS.openMs;
        for (let count = 0; count < LIMITS.probes; count++) expect(ask(it, 'ok', now)).toBe(true);
        expect(it.state).toBe('closed');
      }),
    );
  });
});
