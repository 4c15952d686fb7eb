import { describe, expect, it } from 'vitest';
import { toJsonRow } from '../../../src/base/json-row.js';
import { AmbiguousIdError, NotFoundError, type Reader } from '../../../src/store/index.js';
import type { StoredExchange } from '../support/brute-force.js';
import { filledReader } from '../support/filled-reader.js';

let reader: Reader;
let exchanges: StoredExchange[];

filledReader((filled) => {
  ({ reader, exchanges } = filled);
});

describe('a row of query', () => {
  it('has exactly the fields that scripts rely on', () => {
    const [row] = reader.query({ source: 'mcp:*', status: '200' }, { limit: 1 }).rows;
    const json = row && toJsonRow(row);
    expect(Object.keys(json ?? {})).toEqual(
      (
        'id correlation_id session_id agent_id prompt_id origin kind purpose thread_id previous_id continuation started_by ' +
        'agent turn_id timestamp method url host model state status error streaming tokens cost_usd unpriced latency_ms ttft_ms proxy_overhead_ms ' +
        'rating cache_miss attributed sources'
      ).split(' '),
    );
    expect(Object.keys(json?.tokens ?? {})).toEqual(
      'input uncached cache_read cache_write_5m cache_write_1h output known output_known'.split(' '),
    );
    expect(json?.timestamp).toMatch(/^2026-05-01T10:\d\d:\d\d\.\d{3}Z$/);
    expect(row?.sources.reduce((sum, source) => sum + source.share, 0)).toBeCloseTo(1);
  });
});

describe('request', () => {
  it("is found by its id, its response's id and their correlation id, in lower or upper case", () => {
    const { request } = exchanges[5] as StoredExchange;
    const ids = [request.id, request.correlationId, `resp_${request.correlationId}`, request.id.toUpperCase()];
    expect(ids.map((id) => reader.request(id).id)).toEqual(ids.map(() => request.id));
  });

  it('is found by the unique beginning of an id', () => {
    const beginnings = ['req_00', '00', 'resp_00abc'];
    expect(beginnings.map((id) => reader.request(id).id)).toEqual(
      beginnings.map(() => 'req_00abcdefghjkmnpqrstvwxyz00'),
    );
  });

  it('is the newest of kind messages for `last`', () => {
    expect(reader.request('last').id).toBe(reader.query({}, { limit: 1 }).rows[0]?.id);
  });

  it.each(['req_nope', 'nope', 'req_', '', '%', 'req_*'])('is not found for %j, and the error names it', (id) => {
    expect(() => reader.request(id)).toThrow(NotFoundError);
    expect(() => reader.requestBody(id)).toThrow(`"${id}"`);
  });

  it('refuses a beginning that fits several', () => {
    expect(() => reader.request('req_0')).toThrow(AmbiguousIdError);
    expect(() => reader.request('req_0')).toThrow(/^Several ids begin with "req_0"/);
  });

  it('comes with headers, times and its response', () => {
    const stored = exchanges.find((exchange) => exchange.response?.status === 200) as StoredExchange;
    const detail = reader.request(stored.request.id);
    expect(detail.requestHeaders).toEqual(stored.request.headers);
    expect(detail.response).toMatchObject({ id: stored.response?.id, reason: 'OK', headers: stored.response?.headers });
    expect(detail.timestamps.firstByte).toEqual(new Date(stored.response?.timestamps.firstByte ?? 0));
    expect(detail.thread).toEqual({ knownServers: ['serena'], agent: null });
    expect(detail.requestBody.sha256).toBe(stored.request.body.sha256);
    expect(
      reader
        .shares(stored.request.id)
        .map((share) => share.source)
        .sort(),
    ).toEqual((stored.attribution?.shares ?? []).map(({ source }) => source).sort());
  });

  it('has no response body while it is open', () => {
    const open = exchanges.find((exchange) => exchange.response === null) as StoredExchange;
    expect(reader.responseBody(open.request.id)).toBeNull();
    expect(reader.request(open.request.id)).toMatchObject({
      state: 'open',
      response: null,
      latencyMs: null,
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
      oldest: new Date(Math.min(...exchanges.map((exchange) => exchange.request.timestamps.initiated))),
      incidents: [],
    });
  });
});
