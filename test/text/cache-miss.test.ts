import { expect, it } from 'vitest';
import type { CacheMiss } from '../../src/model/thread.js';
import { describeCacheMiss, summarizeCacheMiss } from '../../src/text/cache-miss.js';

const MISS = { source: null, path: null, detail: null, lostTokens: 12_300, lostUsd: 0.042 };

it.each<[Partial<CacheMiss> & Pick<CacheMiss, 'cause'>, string]>([
  [{ cause: 'changed', source: 'mcp:serena', path: '/tools/3' }, 'mcp:serena changed at /tools/3: '],
  [{ cause: 'parameters', detail: 'model' }, 'other parameters (model): '],
  [{ cause: 'expired', detail: '70 minutes' }, 'the entry had expired (70 minutes): '],
  [{ cause: 'unknown' }, 'nothing changed that would explain it: '],
])('tells of %j why, and what was lost', (miss, why) => {
  expect(describeCacheMiss({ ...MISS, ...miss })).toBe(
    `${why}12.3k tokens billed again, $0.0420 more than reading them`,
  );
});

it.each<[Partial<CacheMiss> & Pick<CacheMiss, 'cause'>, string]>([
  [{ cause: 'changed', source: 'mcp:\u001b[31m' }, 'cache broken by mcp:�[31m: '],
  [{ cause: 'parameters', detail: 'model' }, 'cache missed by other parameters (model): '],
  [{ cause: 'expired', detail: '23 min after the last use' }, 'cache expired 23 min after the last use: '],
  [{ cause: 'unknown' }, 'cache missed for an unknown reason: '],
])('says of %j in a few words why, and what it cost', (miss, why) => {
  expect(summarizeCacheMiss({ ...MISS, ...miss })).toBe(`${why}12.3k tokens again, $0.0420`);
});

it('contains no control characters of a source', () => {
  const miss = { ...MISS, cause: 'changed' as const, source: 'mcp:\u001b[31m', path: '/tools/\n3' };
  expect(describeCacheMiss(miss)).toContain('mcp:�[31m changed at /tools/ 3:');
});

it('has no dollars where the price is unknown', () => {
  expect(describeCacheMiss({ ...MISS, cause: 'unknown', lostUsd: null })).toMatch(/: 12\.3k tokens billed again$/);
});
