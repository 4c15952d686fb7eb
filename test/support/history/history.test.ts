import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAttributor } from '../../../src/history/attributor.js';
import { openReader, openStore } from '../../../src/store/index.js';
import { tempDatabase } from '../../store/support/temp-database.js';
import type { HistoryExchange } from './exchange.js';
import { makeHistory } from './history.js';
import { loadHistory } from './load.js';

const OPTIONS = { seed: 5, requests: 160, days: 3, scale: 0.1 };

const exchanges = [...makeHistory(OPTIONS)];

describe('a made-up history', () => {
  it('is the same for the same seed, and differs for another', () => {
    const hashes = (history: Iterable<HistoryExchange>) =>
      [...history].map(({ request, response }) => [request.id, request.body.sha256, response?.body.sha256]);
    expect(hashes(makeHistory(OPTIONS))).toEqual(hashes(exchanges));
    expect(hashes(makeHistory({ ...OPTIONS, seed: 6 }))).not.toEqual(hashes(exchanges));
    expect(exchanges).toHaveLength(OPTIONS.requests);
    expect(new Set(exchanges.map(({ request }) => request.id)).size).toBe(OPTIONS.requests);
  });

  it('is in the order of time, with bodies of JSON and their hashes', () => {
    const times = exchanges.map(({ request }) => request.timestamps.initiated);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    for (const { request } of exchanges) {
      expect(() => JSON.parse(Buffer.from(request.body.bytes).toString())).not.toThrow();
      expect(request.body.sha256).toBe(createHash('sha256').update(request.body.bytes).digest('hex'));
    }
  });

  it('contains sessions, agents, side calls, errors, cache misses and ratings', () => {
    const distinct = (what: (exchange: HistoryExchange) => unknown) => new Set(exchanges.map(what));
    expect(distinct(({ request }) => request.sessionId).size).toBeGreaterThan(1);
    expect(distinct(({ attribution }) => attribution?.place.purpose)).toEqual(
      new Set([undefined, 'main', 'title', 'topic', 'subagent', ...(hasPurpose('compaction') ? ['compaction'] : [])]),
    );
    expect(distinct(({ response }) => response?.status)).toContain(529);
    expect(distinct(({ attribution }) => attribution?.cacheMiss?.cause)).toContain('expired');
    expect(distinct(({ rating }) => rating?.rating)).toContain(1);
  });

  it('bills exactly what its sources put into a request', () => {
    for (const { attribution } of exchanges) {
      const sum = attribution?.shares.reduce((total, { tokens }) => total + tokens, 0);
      expect(sum).toBe(attribution?.inputTokens);
    }
  });

  it('can be attributed by the engine, which finds the generated sources and texts', () => {
    const failures: unknown[] = [];
    const attributor = createAttributor({ prices: {}, onFailure: (failure) => failures.push(failure) });
    const sourcesOf = (attribution: HistoryExchange['attribution']) =>
      new Set(attribution?.shares.map(({ source }) => source).filter((source) => !source.startsWith('framework:')));
    for (const { request, response, attribution } of exchanges) {
      if (response === null || attribution?.place.purpose !== 'main') continue;
      const found = attributor.attribute(request, response);
      expect(sourcesOf(found)).toEqual(sourcesOf(attribution));
      expect(found?.calls).toEqual(attribution.calls);
      if (response.status === 200 && response.usage !== null)
        expect(found?.searchTexts).toEqual(attribution.searchTexts);
    }
    expect(failures).toEqual([]);
  });

  it('can be stored with its own attribution or that of the engine', () => {
    const attributor = createAttributor({ prices: {}, onFailure: () => {} });
    for (const options of [{}, { attributor }]) {
      const file = tempDatabase();
      const store = openStore(file);
      expect(loadHistory(store, exchanges, options)).toBe(exchanges.length);
      store.close();
      const reader = openReader(file);
      expect(reader.query({ kind: 'all' }).total).toBe(exchanges.length);
      expect(reader.query({ rated: true }).total).toBe(exchanges.filter(({ rating }) => rating !== null).length);
      expect(reader.query({ source: 'mcp:*' }).total).toBeGreaterThan(0);
      const { request } = exchanges.at(-1) as HistoryExchange;
      expect(Buffer.compare(reader.requestBody(request.id), request.body.bytes)).toBe(0);
      reader.close();
    }
  });
});

function hasPurpose(purpose: string): boolean {
  return exchanges.some(({ attribution }) => attribution?.place.purpose === purpose);
}
