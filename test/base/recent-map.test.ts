import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentMap } from '../../src/base/recent-map.js';

describe('RecentMap', () => {
  it('removes the least recently used entry beyond its limit', () => {
    const map = new RecentMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    expect(map.get('a')).toBe(1);
    map.set('c', 3);
    expect(map.get('b')).toBeUndefined();
    expect(map.values()).toEqual([3, 1]);
    expect(map.entries()).toEqual([
      ['a', 1],
      ['c', 3],
    ]);
  });

  it('makes a value only for a missing key', () => {
    const map = new RecentMap<string, number>(2);
    expect(map.take('a', () => 1)).toBe(1);
    expect(map.take('a', () => 2)).toBe(1);
    map.clear();
    expect(map.take('a', () => 2)).toBe(2);
    map.delete('a');
    expect(map.take('a', () => 3)).toBe(3);
  });

  it('behaves like a list of the entries in the order of their use', () => {
    const key = fc.integer({ min: 0, max: 5 });
    const step = fc.oneof(
      fc.record({ get: key }),
      fc.record({ set: key }),
      fc.record({ remove: key }),
      fc.constant('clear' as const),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 40 }), (limit, steps) => {
        const map = new RecentMap<number, number>(limit);
        let expected: [number, number][] = [];
        const without = (given: number) => expected.filter(([each]) => each !== given);
        for (const [value, each] of steps.entries()) {
          if (each === 'clear') {
            map.clear();
            expected = [];
          } else if ('set' in each) {
            map.set(each.set, value);
            expected = [...without(each.set), [each.set, value] as [number, number]].slice(-limit);
          } else if ('remove' in each) {
            map.delete(each.remove);
            expected = without(each.remove);
          } else {
            const found = expected.find(([known]) => known === each.get);
            expect(map.get(each.get)).toBe(found?.[1]);
            if (found !== undefined) expected = [...without(each.get), found];
          }
          expect(map.entries()).toEqual(expected);
          expect(map.values()).toEqual(expected.map(([, kept]) => kept).reverse());
        }
      }),
    );
  });
});
