import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BALANCES } from '../../../src/gateway/config/route-schema.js';
import { type Choice, createBalancer } from '../../../src/gateway/upstream/balance.js';

const member = (name: string, weight = 1, open = 0): Choice => ({ name, weight, open });

function chosen(choose: ReturnType<typeof createBalancer>, members: readonly Choice[], times: number, key = '') {
  const names = Array.from({ length: times }, (_, index) => choose(members, key && `${key}${index}`)?.name ?? '');
  return Object.fromEntries(members.map(({ name }) => [name, names.filter((each) => each === name).length]));
}

describe('createBalancer', () => {
  it.each(BALANCES)('%s chooses one of the members, and nothing without any', (balancing) => {
    const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(weights, fc.option(fc.string()), fc.double({ min: 0, max: 0.999, noNaN: true }), (all, key, at) => {
        const members = all.map((weight, index) => member(`m${index}`, weight, weight % 3));
        expect(members).toContain(createBalancer(balancing, () => at)(members, key));
      }),
    );
    expect(createBalancer(balancing)([], 'key')).toBeNull();
  });

  it('gives each member one turn in a round, whatever its weight', () => {
    const members = [member('a', 5), member('b'), member('c')];
    const choose = createBalancer('round_robin');
    expect(Array.from({ length: 6 }, () => choose(members, null)?.name)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('gives turns by weight, spread out', () => {
    const members = [member('a', 5), member('b', 1), member('c', 1)];
    const choose = createBalancer('weighted');
    const names = Array.from({ length: 7 }, () => choose(members, null)?.name).join('');
    expect(names).toBe('aabacaa');
  });

  it('keeps to the weights over every whole round', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 6 }), (weights) => {
        const members = weights.map((weight, index) => member(`m${index}`, weight));
        const total = weights.reduce((sum, each) => sum + each, 0);
        expect(Object.values(chosen(createBalancer('weighted'), members, total))).toEqual(weights);
      }),
    );
  });

  it('goes on in turn when a member leaves and comes back', () => {
    const choose = createBalancer('round_robin');
    const [a, b] = [member('a'), member('b')];
    const names = [[a, b], [b], [b], [a, b], [a, b], [a, b]].map((members) => choose(members, null)?.name);
    expect(names.slice(0, 3)).toEqual(['a', 'b', 'b']);
    expect(new Set(names.slice(3))).toEqual(new Set(['a', 'b']));
  });

  it('prefers the member with the fewest requests for its weight, and takes turns among equals', () => {
    const choose = createBalancer('least_connections');
    expect(choose([member('a', 1, 3), member('b', 4, 8), member('c', 1, 4)], null)?.name).toBe('b');
    const equals = [member('a', 1, 2), member('b', 1, 2), member('c', 1, 9)];
    expect([choose(equals, null), choose(equals, null)].map((each) => each?.name).sort()).toEqual(['a', 'b']);
  });

  it('chooses at random by weight', () => {
    const members = [member('a', 3), member('b', 1)];
    expect([0, 0.74, 0.76, 0.999].map((at) => createBalancer('random', () => at)(members, null)?.name)).toEqual([
      'a',
      'a',
      'b',
      'b',
    ]);
  });

  it('sends a key to one member, and moves only the keys of a member that leaves', () => {
    const members = ['a', 'b', 'c', 'd'].map((name) => member(name));
    const without = members.slice(1);
    const keys = Array.from({ length: 400 }, (_, index) => `key${index}`);
    const before = keys.map((key) => createBalancer('sticky')(members, key)?.name);
    const after = keys.map((key) => createBalancer('sticky')(without, key)?.name);
    expect(keys.map((key) => createBalancer('sticky')(members.toReversed(), key)?.name)).toEqual(before);
    expect(before.filter((name, index) => name !== 'a' && name !== after[index])).toEqual([]);
  });

  it('spreads keys by weight', () => {
    const { a, b } = chosen(createBalancer('sticky'), [member('a', 3), member('b', 1)], 4_000, 'key') as {
      a: number;
      b: number;
    };
    expect(a / b).toBeGreaterThan(2.5);
    expect(a / b).toBeLessThan(3.6);
  });
});
