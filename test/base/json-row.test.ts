import { expect, expectTypeOf, it } from 'vitest';
import { toJsonRow } from '../../src/base/json-row.js';

interface Row {
  id: string;
  lastUsed: Date | null;
  tokens: { cacheRead: number; cacheWrite5m: number; cacheWrite1h: number | null };
  sha256?: string;
  headers: readonly (readonly [name: string, value: string])[];
  sources: { costUsd: number }[];
}

it('has names in snake case and times in ISO 8601, in the order of the row', () => {
  const row: Row = {
    id: 'req_1',
    lastUsed: new Date(0),
    tokens: { cacheRead: 1, cacheWrite5m: 2, cacheWrite1h: null },
    sha256: 'ab',
    headers: [['X-Api_Key', 'aB']],
    sources: [{ costUsd: 0.5 }],
  };
  const json = toJsonRow(row);
  expect(JSON.stringify(json)).toBe(
    '{"id":"req_1","last_used":"1970-01-01T00:00:00.000Z","tokens":{"cache_read":1,"cache_write_5m":2,"cache_write_1h":null},' +
      '"sha256":"ab","headers":[["X-Api_Key","aB"]],"sources":[{"cost_usd":0.5}]}',
  );
  expectTypeOf(json).toEqualTypeOf<{
    id: string;
    last_used: string | null;
    tokens: { cache_read: number; cache_write_5m: number; cache_write_1h: number | null };
    sha256?: string;
    headers: readonly (readonly [name: string, value: string])[];
    sources: { cost_usd: number }[];
  }>();
});

it('keeps what is not an object', () => {
  expect([null, 0, 'aB', true].map(toJsonRow)).toEqual([null, 0, 'aB', true]);
});
