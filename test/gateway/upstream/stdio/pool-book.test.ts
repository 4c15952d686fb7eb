import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Place,
  PoolBook,
  type PoolLimits,
  type Refused,
} from '../../../../src/gateway/upstream/stdio/pool-book.js';

const LIMITS: PoolLimits = { minIdle: 0, max: 3, idleMs: 1_000, maxAgeMs: 60_000, maxRequests: 100, perChild: 2 };

function book(limits: Partial<PoolLimits> = {}) {
  let started = 0;
  return new PoolBook({ ...LIMITS, ...limits }, () => `child ${++started}`);
}

function place(taken: Place<string> | Refused): Place<string> {
  if ('refused' in taken) throw new Error(taken.refused);
  return taken;
}

describe('PoolBook', () => {
  it('fills a child before it starts another, and overfills only at the maximum', () => {
    const pool = book({ max: 2 });
    const children = Array.from({ length: 7 }, () => {
      const taken = place(pool.takeForRequest(0));
      pool.began(taken, 0);
      return taken.child.slice(-1);
    });
    expect(children.join('')).toBe('1122121');
  });

  it('gives a session a child that nobody used', () => {
    const pool = book({ minIdle: 1 });
    pool.keepUp(0);
    expect(place(pool.takeForSession(0)).child).toBe('child 1');
    expect(place(pool.takeForRequest(0)).child).toBe('child 2');
    expect(place(pool.takeForSession(0)).child).toBe('child 3');
    expect(pool.takeForSession(0)).toEqual({ refused: 'full' });
  });

  it('has the shared child that is unused the longest give way to a session, once the pool is full', () => {
    const pool = book({ max: 2, perChild: 1 });
    const busy = (now: number) => {
      const taken = place(pool.takeForRequest(now));
      pool.began(taken, now);
      return taken;
    };
    const one = busy(0);
    pool.finished(one, 1);
    expect(pool.giveWay()).toBeNull();
    pool.began(one, 2);
    const two = busy(3);
    expect(pool.giveWay()).toBeNull();
    pool.finished(two, 4);
    pool.finished(one, 5);
    expect(pool.giveWay()).toBe(two);
    expect(busy(6)).toBe(one);
    expect(pool.giveWay()).toBeNull();
  });

  it('waits longer after each child that ends before it answers, until one answers', () => {
    const pool = book();
    const fail = (now: number) => pool.ended(place(pool.takeForSession(now)), true, now);
    fail(0);
    fail(0);
    expect([pool.takeForSession(249), pool.failingFor(249)]).toEqual([{ refused: 'failing' }, 1]);
    fail(250);
    expect([pool.takeForRequest(250), pool.failingFor(250)]).toEqual([{ refused: 'failing' }, 500]);
    pool.answered();
    expect(place(pool.takeForRequest(250)).child).toBe('child 4');
  });

  it('keeps its promises whatever happens', () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 2_000 }),
      act: fc.constantFrom('session', 'giveWay', 'request', 'finish', 'crash', 'keepUp'),
      which: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), fc.integer({ min: 0, max: 2 }), (steps, minIdle) => {
        const pool = book({ minIdle, maxRequests: 5, maxAgeMs: 10_000 });
        const sessions = new Set<Place<string>>();
        let now = 0;
        for (const { wait, act, which } of steps) {
          now += wait;
          const all = [...pool.places];
          const chosen = all[which % Math.max(1, all.length)];
          const spares = all.filter(({ use }) => use === 'spare');
          if (act === 'session') {
            const taken = pool.takeForSession(now);
            if (!('refused' in taken)) {
              expect(sessions.has(taken)).toBe(false);
              expect(taken.requests).toBe(0);
              sessions.add(taken);
            }
          } else if (act === 'giveWay') {
            const given = pool.giveWay();
            if (given !== null) expect([given.open, given.use, all.length]).toEqual([0, 'shared', 3]);
          } else if (act === 'request') {
            const taken = pool.takeForRequest(now);
            if (!('refused' in taken)) {
              expect([taken.use, taken.isDraining]).toEqual(['shared', false]);
              if (!spares.includes(taken)) expect(now - taken.startedAt).toBeLessThan(10_000);
              pool.began(taken, now);
            }
          } else if (act === 'finish') {
            if (chosen !== undefined && chosen.open > 0) pool.finished(chosen, now);
          } else if (act === 'crash') {
            if (chosen !== undefined) pool.ended(chosen, chosen.requests === 0, now);
          } else {
            for (const due of pool.keepUp(now)) {
              expect([due.open, due.use === 'session']).toEqual([0, false]);
              pool.ended(due, false, now);
            }
          }
          expect(pool.places.size).toBeLessThanOrEqual(3);
        }
      }),
    );
  });
});
