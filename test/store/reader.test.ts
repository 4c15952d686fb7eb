import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXCHANGE_KINDS } from '../../src/model/exchange.js';
import {
  AmbiguousIdError,
  InvalidFilterError,
  NotFoundError,
  openReader,
  openStore,
  type Reader,
  type RequestFilter,
  type Store,
} from '../../src/store/index.js';
import { matches, type StoredExchange } from './support/brute-force.js';
import { anAttribution, aRequest, aResponse, aRun, aShare } from './support/records.js';

const START = Date.parse('2026-05-01T10:00:00Z');
const SOURCES = [
  'user',
  'mcp:serena',
  'mcp:Serena',
  'mcp:we[i]rd?',
  'mcp:weird',
  'memory:/a/CLAUDE.md',
  'framework:system',
];
const STATES = ['open', 'complete', 'complete', 'complete', 'failed', 'aborted'] as const;
const pick = <Item>(items: readonly Item[], index: number): Item => items[index % items.length] as Item;

/** 300 exchanges in which every filter finds some and leaves some; times repeat, so that ties happen. */
function fill(store: Store): StoredExchange[] {
  const run = aRun();
  store.beginRun(run);
  return Array.from({ length: 300 }, (_, index) => {
    const mixed = (index * 2654435761) >>> 8;
    const initiated = START + (mixed % 97) * 1000;
    const request = aRequest(run.id, {
      ...(index === 0 ? { correlationId: '00abcdefghjkmnpqrstvwxyz00' } : {}),
      sessionId: mixed % 11 === 0 ? null : `session-${mixed % 3}`,
      agentId: mixed % 4 === 0 ? 'agent-1' : null,
      kind: pick(EXCHANGE_KINDS, mixed % 7),
      model: pick(['claude-opus-5', 'claude-haiku-5', null], mixed >> 3),
      url: `https://api.anthropic.com/${pick(['v1/messages', 'v1/100%_sure', 'api/Hello'], mixed >> 5)}`,
      timestamps: { initiated, received: null, forwarded: null, firstByte: null, responseEnd: null, delivered: null },
    });
    store.saveRequest(request);
    const state = pick(STATES, mixed >> 7);
    const sources = SOURCES.filter((_source, at) => ((mixed >> at) & 1) === 1);
    if (state === 'open') return { request, response: null, sources: [], costUsd: null };
    const status = state === 'complete' ? pick([200, 200, 404, 529], mixed >> 2) : null;
    const uncached = mixed % 500;
    const usage = { uncached, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1, webSearches: 0 };
    const response = aResponse(request, { state, status, usage, error: status === 529 ? 'overloaded_error' : null });
    const attribution = anAttribution(
      sources.map((source) => aShare(source, 10)),
      { inputCostUsd: uncached / 1000, outputCostUsd: null },
    );
    store.saveResponse(response, attribution);
    return { request, response, sources, costUsd: uncached / 1000 };
  });
}

let folder: string;
let reader: Reader;
let exchanges: StoredExchange[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'claude-trace-reader-'));
  const file = join(folder, 'trace.db');
  const store = openStore(file);
  exchanges = store.transaction(() => fill(store));
  store.close();
  reader = openReader(file);
});

afterAll(() => {
  reader.close();
  rmSync(folder, { recursive: true });
});

const optional = <Value>(values: readonly Value[]) =>
  fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 });
const anyFilter: fc.Arbitrary<RequestFilter> = fc.record({
  source: optional([
    'mcp:*',
    'mcp:serena',
    'MCP:*',
    '*CLAUDE.md',
    'mcp:we[i]rd?',
    'mcp:we*rd*',
    'user',
    '*',
    'nothing',
  ]),
  since: optional([START, START + 20_000, START + 50_000.5]),
  until: optional([START + 60_000, START + 90_000]),
  sessionId: optional(['session-0', 'session-1', 'unknown']),
  agentId: optional(['agent-1', 'agent-2']),
  model: optional(['claude-*', '*opus*', 'claude-haiku-5', 'Claude*']),
  status: optional(['200', '404', '4xx', '5XX', 'error', 'open', 'aborted']),
  kind: optional([...EXCHANGE_KINDS, 'all'] as const),
  text: optional(['hello', '100%_', 'overloaded', 'HAIKU', 'no such text']),
  rated: optional([true, false]),
  minTokens: optional([0, 100, 400]),
  minCostUsd: optional([0.05, 0.3]),
});

describe('query', () => {
  it('finds what a filter in plain code finds, newest first', () => {
    const newestFirst = exchanges
      .map((exchange, order) => ({ ...exchange, order }))
      .sort((a, b) => b.request.timestamps.initiated - a.request.timestamps.initiated || b.order - a.order);
    fc.assert(
      fc.property(anyFilter, (filter) => {
        const expected = newestFirst.filter((exchange) => matches(exchange, filter)).map(({ request }) => request.id);
        const { rows, total } = reader.query(filter, { limit: 300 });
        expect(rows.map((row) => row.id)).toEqual(expected);
        expect(total).toBe(expected.length);
      }),
      { numRuns: 300 },
    );
  });

  it('gives pages that join to the whole', () => {
    const { rows: all, total } = reader.query({ kind: 'all' }, { limit: 300 });
    const pages = Array.from({ length: 8 }, (_, page) =>
      reader.query({ kind: 'all' }, { limit: 40, offset: page * 40 }),
    );
    expect(pages.flatMap((page) => page.rows)).toEqual(all);
    expect(pages.map((page) => page.total)).toEqual(pages.map(() => total));
    expect(reader.query().rows).toHaveLength(20);
  });

  it('prints rows with exactly the fields that scripts rely on', () => {
    const [row] = reader.query({ source: 'mcp:*', status: '200' }, { limit: 1 }).rows;
    expect(Object.keys(row ?? {})).toEqual(
      (
        'id correlation_id session_id agent_id prompt_id kind purpose thread_id previous_id continuation started_by ' +
        'timestamp method url host model status error streaming tokens cost_usd latency_ms ttft_ms proxy_overhead_ms ' +
        'rating cache_miss sources'
      ).split(' '),
    );
    expect(Object.keys(row?.tokens ?? {})).toEqual(
      'input uncached cache_read cache_write_5m cache_write_1h output known'.split(' '),
    );
    expect(row?.timestamp).toMatch(/^2026-05-01T10:\d\d:\d\d\.\d{3}Z$/);
    expect(row?.sources.reduce((sum, source) => sum + source.share, 0)).toBeCloseTo(1);
  });

  it.each(['abc', '6xx', '20'])('refuses the status %s', (status) => {
    expect(() => reader.query({ status })).toThrow(InvalidFilterError);
    expect(() => reader.query({ status })).toThrow(`"${status}"`);
  });
});

describe('request', () => {
  it('is found by its id, that of its response and their correlation id, in small or capital letters', () => {
    const { request } = exchanges[5] as StoredExchange;
    const ids = [request.id, request.correlationId, `resp_${request.correlationId}`, request.id.toUpperCase()];
    expect(ids.map((id) => reader.request(id).id)).toEqual(ids.map(() => request.id));
  });

  it('is found by the beginning of an id that only it has', () => {
    const beginnings = ['req_00', '00', 'resp_00abc'];
    expect(beginnings.map((id) => reader.request(id).id)).toEqual(
      beginnings.map(() => 'req_00abcdefghjkmnpqrstvwxyz00'),
    );
  });

  it('is the newest of kind messages for `last`', () => {
    expect(reader.request('last').id).toBe(reader.query({}, { limit: 1 }).rows[0]?.id);
  });

  it.each(['req_nope', 'nope', 'req_', '', '%', 'req_*'])('is not found for %j, which the error names', (id) => {
    expect(() => reader.request(id)).toThrow(NotFoundError);
    expect(() => reader.requestBody(id)).toThrow(`"${id}"`);
  });

  it('asks for more when a beginning fits several', () => {
    expect(() => reader.request('req_0')).toThrow(AmbiguousIdError);
    expect(() => reader.request('req_0')).toThrow('give more characters');
  });

  it('comes with headers, times and its response', () => {
    const stored = exchanges.find((exchange) => exchange.response?.status === 200) as StoredExchange;
    const detail = reader.request(stored.request.id);
    expect(detail.request_headers).toEqual(stored.request.headers);
    expect(detail.response).toMatchObject({ id: stored.response?.id, reason: 'OK', headers: stored.response?.headers });
    expect(detail.timestamps.first_byte).toBe(new Date(stored.response?.timestamps.firstByte ?? 0).toISOString());
    expect(detail.thread).toEqual({ knownServers: ['serena'], agent: null });
    expect(detail.request_body.sha256).toBe(stored.request.body.sha256);
    expect(
      reader
        .shares(stored.request.id)
        .map((share) => share.source)
        .sort(),
    ).toEqual([...stored.sources].sort());
  });

  it('has no response body while it is open', () => {
    const open = exchanges.find((exchange) => exchange.response === null) as StoredExchange;
    expect(reader.responseBody(open.request.id)).toBeNull();
    expect(reader.request(open.request.id)).toMatchObject({
      state: 'open',
      response: null,
      latency_ms: null,
      sources: [],
    });
  });
});

describe('sessions and status', () => {
  it('count what was captured', () => {
    const { rows, total } = reader.sessions();
    expect(total).toBe(3);
    for (const session of rows) {
      expect(session.requests).toBe(reader.query({ sessionId: session.id }).total);
    }
    expect(reader.status()).toMatchObject({
      requests: 300,
      responses: exchanges.filter((exchange) => exchange.response).length,
      open: exchanges.filter((exchange) => !exchange.response).length,
      integrity: 'ok',
      interrupted: 0,
      oldest: new Date(Math.min(...exchanges.map((exchange) => exchange.request.timestamps.initiated))).toISOString(),
      incidents: [],
    });
  });
});
