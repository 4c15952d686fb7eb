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
});
