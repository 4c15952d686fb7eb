import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXCHANGE_KINDS } from '../../../src/model/exchange.js';
import type { RequestSummary } from '../../../src/model/request.js';
import {
  InvalidFilterError,
  NotFoundError,
  openReader,
  REQUEST_SORTS,
  type Reader,
  type RequestFilter,
  type RequestSort,
} from '../../../src/store/index.js';
import { figureOf, matches, type StoredExchange } from '../support/brute-force.js';
import { filledReader } from '../support/filled-reader.js';
import { START } from '../support/filled-store.js';
import { anAttribution, aRequest, aResponse, aShare } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

let reader: Reader;
let exchanges: StoredExchange[];

filledReader((filled) => {
  ({ reader, exchanges } = filled);
});

const optional = <Value>(values: readonly Value[], freq = 2) =>
  fc.option(fc.constantFrom(...values), { nil: undefined, freq });
const SOURCES = ['mcp:*', 'mcp:serena', 'MCP:*', '*CLAUDE.md', 'mcp:we[i]rd?', 'mcp:we*rd*', 'user', '*', 'nothing'];
const TEXTS = [
  'cafe',
  'CONFIG',
  'conf',
  '"config"',
  'onfig',
  'config yaml',
  '"the cafe menu"',
  '"cafe the"',
  '事务',
  '务事',
  '隔离级别',
  'データ',
  '설정',
  'uber naive',
  're-use',
  'snake_case',
  'overloaded_error',
  '事务 config',
  'no such text',
];
const anyFilter: fc.Arbitrary<RequestFilter> = fc.record({
  source: optional(SOURCES),
  since: optional([START, START + 20_000, START + 50_000.5]),
  until: optional([START + 60_000, START + 90_000]),
  sessionId: optional(['session-0', 'session-1', 'unknown']),
  agent: optional(['agent-1', 'agent-2']),
  model: optional(['claude-*', '*opus*', 'claude-haiku-5', 'Claude*']),
  status: optional(['200', '404', '4xx', '5XX', 'error', 'open', 'aborted']),
  kind: optional([...EXCHANGE_KINDS, 'all', 'all'] as const, 4),
  text: optional(TEXTS),
  rated: optional([true, false], 1),
  sideCalls: optional([true, false], 1),
  minRating: optional([-1, 0, 0.5], 1),
  maxRating: optional([-0.25, 0.75], 1),
  minTokens: optional([0, 100, 400]),
  minCostUsd: optional([0.05, 0.3]),
});
/** Half of the filters have few conditions, so that something matches. */
const fewConditions = anyFilter.chain((filter) =>
  fc.subarray(Object.entries(filter), { maxLength: 3 }).map((entries): RequestFilter => Object.fromEntries(entries)),
);
const aFilter = fc.oneof(anyFilter, fewConditions);
const anOrder = fc.record({ sort: optional(REQUEST_SORTS, 4), ascending: optional([true, false], 1) });

/** Ids in the order of a page, ties by the order in which they were stored. */
function expected(filter: RequestFilter, sort: RequestSort = 'time', ascending = false): string[] {
  const found = exchanges
    .map((exchange, order) => ({ exchange, order, figure: figureOf(exchange, sort) }))
    .filter(({ exchange, figure }) => figure !== null && matches(exchange, filter))
    .sort((a, b) => (b.figure ?? 0) - (a.figure ?? 0) || b.order - a.order);
  const ids = found.map(({ exchange }) => exchange.request.id);
  return ascending ? ids.reverse() : ids;
}

describe('query', () => {
  it('finds what a filter in plain code finds, in any order', () => {
    fc.assert(
      fc.property(aFilter, anOrder, (filter, { sort, ascending }) => {
        const wanted = expected(filter, sort, ascending);
        const { rows, total } = reader.query(filter, { limit: 300, sort, ascending });
        expect(rows.map((row) => row.id)).toEqual(wanted);
        expect(total).toBe(wanted.length);
      }),
      { numRuns: 600 },
    );
  });

  it('has the same sums and outcomes as its rows', () => {
    fc.assert(
      fc.property(aFilter, (any) => {
        const filter = { ...any, kind: 'messages' } as const;
        const { rows, total } = reader.query(filter, { limit: 300 });
        const billed = rows.filter(({ tokens }) => tokens.known === 'exact');
        const sumOf = (figure: (row: RequestSummary) => number | null) =>
          billed.reduce((sum, row) => sum + (figure(row) ?? 0), 0);
        const sums = reader.totals(filter);
        expect(sums).toMatchObject({
          requests: total,
          inputTokens: sumOf(({ tokens }) => tokens.input),
          outputTokens: sumOf(({ tokens }) => tokens.output),
          estimatedRequests: billed.filter(({ tokens }) => tokens.outputKnown !== 'exact').length,
        });
        expect(sums.costUsd ?? 0).toBeCloseTo(
          sumOf((row) => row.costUsd),
          6,
        );
        const outcomes = reader.outcomes(filter);
        const counts = new Map(outcomes.map(({ state, status, requests }) => [`${state} ${status}`, requests]));
        for (const [outcome, requests] of counts)
          expect(rows.filter(({ state, status }) => `${state} ${status}` === outcome)).toHaveLength(requests);
        expect([...counts.values()].reduce((sum, requests) => sum + requests, 0)).toBe(total);
      }),
      { numRuns: 200 },
    );
  });

  it.each(TEXTS.slice(0, -1).filter((text) => !['onfig', '"cafe the"', '务事'].includes(text)))(
    'finds the text %s in some requests, not in all',
    (text) => {
      const { total } = reader.query({ text, kind: 'all' });
      expect(total).toBe(expected({ text, kind: 'all' }).length);
      expect(total).toBeGreaterThan(0);
      expect(total).toBeLessThan(exchanges.length);
    },
  );

  it('returns pages that join to the whole, by offset and by cursor', () => {
    fc.assert(
      fc.property(aFilter, anOrder, fc.integer({ min: 1, max: 60 }), (filter, order, limit) => {
        const wanted = expected(filter, order.sort, order.ascending);
        const offset = Math.floor(wanted.length / 2);
        expect(reader.query(filter, { ...order, limit, offset }).rows.map(({ id }) => id)).toEqual(
          wanted.slice(offset, offset + limit),
        );
        const after = wanted[offset];
        if (after === undefined) return;
        expect(reader.query(filter, { ...order, limit, after }).rows.map(({ id }) => id)).toEqual(
          wanted.slice(offset + 1, offset + 1 + limit),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('returns 20 rows by default, and counts all', () => {
    expect(reader.query().rows).toHaveLength(20);
    expect(reader.query().total).toBe(expected({}).length);
  });

  it.each(['abc', '6xx', '20'])('refuses the status %s', (status) => {
    expect(() => reader.query({ status })).toThrow(InvalidFilterError);
    expect(() => reader.query({ status })).toThrow(`"${status}"`);
  });

  it.each(['', '   ', '"', '-- * ()', '"""'])('refuses the text %j, in which there is nothing to look for', (text) => {
    expect(() => reader.query({ text })).toThrow(InvalidFilterError);
  });

  it('treats nothing in a text as a command of the text index', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc
        .array(fc.constantFrom('config', 'AND', 'OR', 'NOT', 'NEAR(', ')', '"', '*', '^', ':', 'prompt:', '+', '事'), {
          maxLength: 6,
        })
        .map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        try {
          reader.query({ text });
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidFilterError);
        }
      }),
    );
  });

  it('refuses a cursor whose request is not stored', () => {
    expect(() => reader.query({}, { after: 'req_unknown' })).toThrow(NotFoundError);
  });
});

describe('a walk over pages by cursor', () => {
  it('returns every request once that existed at its beginning, while others arrive anywhere in the order', () => {
    const rows = fc.array(fc.record({ at: fc.nat(100), costUsd: fc.nat(5) }), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(rows, rows, anOrder, fc.integer({ min: 1, max: 7 }), (first, later, order, limit) => {
        const { file, store, run } = startedStore();
        const save = ({ at, costUsd }: { at: number; costUsd: number }) => {
          const timestamps = { ...aRequest(run.id).timestamps, initiated: START + at };
          const request = aRequest(run.id, { timestamps });
          store.saveRequest(request);
          const usage = {
            uncached: costUsd,
            cacheRead: 0,
            cacheWrite5m: 0,
            cacheWrite1h: 0,
            output: at % 3,
            webSearches: 0,
          };
          const response = aResponse(request, { usage, latencyMs: at % 5 });
          store.saveResponse(response, anAttribution([aShare('mcp:x', 1)], { inputCostUsd: costUsd }));
          return request.id;
        };
        const there = new Set<string>(first.map(save));
        const walking = openReader(file);
        const whole = walking.query({ source: 'mcp:*' }, { ...order, limit: 100 }).rows.map(({ id }) => id);
        const arriving = [...later];
        const met: string[] = [];
        for (let after: string | undefined; ; ) {
          const page = walking.query({ source: 'mcp:*' }, { ...order, limit, after }).rows;
          met.push(...page.map(({ id }) => id));
          after = met.at(-1);
          if (page.length < limit) break;
          for (const one of arriving.splice(0, 3)) save(one);
        }
        expect(new Set(met).size).toBe(met.length);
        expect(met.filter((id) => there.has(id))).toEqual(whole);
        walking.close();
        store.close();
      }),
      { numRuns: 30 },
    );
  });
});
