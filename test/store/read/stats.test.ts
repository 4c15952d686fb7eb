import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../../src/base/glob.js';
import { openDatabase, openReader, type StatsFilter, type StatsKey, type StatsRow } from '../../../src/store/index.js';
import { arbitraryHistory, arbitraryTime, storedHistory, type Told } from '../support/some-history.js';

const NEVER = new Error('no such row');

function withReader<Answer>(file: string, ask: (reader: ReturnType<typeof openReader>) => Answer): Answer {
  const reader = openReader(file);
  try {
    return ask(reader);
  } finally {
    reader.close();
  }
}

const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);
const orNull = (value: number, isKnown: boolean) => (isKnown ? expect.closeTo(value, 9) : null);

function chosen(history: readonly Told[], { since, until, sessionId }: StatsFilter): Told[] {
  return history.filter(
    ({ at, session }) =>
      (since === undefined || at >= since) &&
      (until === undefined || at < until) &&
      (sessionId === undefined || session === sessionId),
  );
}

/** The figures of whole requests, in plain code. */
function ofRequests(told: readonly Told[]) {
  const billed = told.filter((each) => each.billed);
  const costs = billed.flatMap(({ cost }) => (cost === null ? [] : [cost]));
  const ratings = told.flatMap(({ rating }) => (rating === null ? [] : [rating]));
  return {
    requests: told.length,
    billedRequests: billed.length,
    failedRequests: told.filter(({ failed }) => failed).length,
    unpricedRequests: billed.length - costs.length,
    inputTokens: sum(billed.map(({ input }) => input)),
    outputTokens: sum(billed.map(({ output }) => output)),
    costUsd: orNull(sum(costs), costs.length > 0),
    feedbackCount: ratings.length,
    averageRating: orNull(sum(ratings) / ratings.length, ratings.length > 0),
  };
}

/** The figures of some sources, a request counting once for each. */
function ofSources(told: readonly Told[], matches: (source: string) => boolean) {
  const uses = told.flatMap((each) =>
    each.sources.filter(({ source }) => matches(source)).map(({ tokens }) => ({ ...each, tokens })),
  );
  const billed = uses.filter((each) => each.billed);
  const priced = billed.filter(({ cost }) => cost !== null);
  const ratings = uses.flatMap(({ rating }) => (rating === null ? [] : [rating]));
  return {
    requests: uses.length,
    billedRequests: billed.length,
    failedRequests: null,
    unpricedRequests: billed.length - priced.length,
    inputTokens: sum(billed.map(({ tokens }) => tokens)),
    outputTokens: null,
    costUsd: orNull(sum(priced.map(({ tokens }) => tokens / 1e6)), priced.length > 0),
    feedbackCount: ratings.length,
    averageRating: orNull(sum(ratings) / ratings.length, ratings.length > 0),
  };
}

function localDate(at: number): string {
  const day = new Date(at);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((n) => String(n).padStart(2, '0')).join('-');
}

const KEY_OF: Record<'model' | 'session' | 'hour' | 'day', (told: Told) => string> = {
  model: ({ model }) => model,
  session: ({ session }) => session,
  hour: ({ at }) => new Date(at - (at % 3_600_000)).toISOString(),
  day: ({ at }) => localDate(at - (at % 3_600_000)),
};

const arbitraryFilter = fc.record(
  { since: arbitraryTime, until: arbitraryTime, sessionId: fc.constantFrom('a', 'b', 'nobody') },
  { requiredKeys: [] },
);

describe('statistics equal sums in plain code, for any period and session', () => {
  it.each(['model', 'session', 'hour', 'day'] as const)('by %s', (by) => {
    fc.assert(
      fc.property(arbitraryHistory, arbitraryFilter, (history, filter) => {
        const { rows, total } = withReader(storedHistory(history), (reader) => reader.stats(filter, { by }));
        const told = chosen(history, filter);
        const keys = [...new Set(told.map(KEY_OF[by]))];
        expect(new Set(rows.map(({ key }) => key))).toEqual(new Set(keys));
        for (const row of rows)
          expect(row).toMatchObject(ofRequests(told.filter((each) => KEY_OF[by](each) === row.key)));
        if (told.length > 0) expect(total).toMatchObject(ofRequests(told));
        for (const row of rows) expect(sum(row.series)).toBe(row.inputTokens);
        expect(sum(total.series)).toBe(total.inputTokens);
      }),
      { numRuns: 12 },
    );
  });

  it('by source, and of some sources by session', () => {
    fc.assert(
      fc.property(
        arbitraryHistory,
        arbitraryFilter,
        fc.constantFrom('mcp:*', 'skill:bake', '*'),
        (history, filter, glob) => {
          const told = chosen(history, filter);
          withReader(storedHistory(history), (reader) => {
            const { rows } = reader.stats({ ...filter, source: glob }, { by: 'source' });
            for (const row of rows) {
              expect(matchesGlob(glob, row.key ?? '')).toBe(true);
              expect(row).toMatchObject(ofSources(told, (source) => source === row.key));
              expect(sum(row.series)).toBe(row.inputTokens);
            }
            const bySession = reader.stats({ ...filter, source: glob }, { by: 'session' });
            for (const row of bySession.rows) {
              const own = told.filter(({ session }) => session === row.key);
              expect(row).toMatchObject(ofSources(own, (source) => matchesGlob(glob, source)));
            }
            expect(sum(bySession.rows.map(({ requests }) => requests))).toBe(bySession.total.requests);
          });
        },
      ),
      { numRuns: 12 },
    );
  });
});

const AT = Date.UTC(2026, 0, 6, 10, 20);
const TOLD: Told = {
  at: AT,
  session: 'a',
  model: 'claude-x',
  billed: true,
  failed: false,
  input: 100,
  output: 10,
  cost: 110 / 1e6,
  lost: 7,
  rating: 0.5,
  sources: [{ source: 'mcp:serena', tokens: 100, idle: true }],
};

function rowOf(history: readonly Told[], by: StatsKey, key: string): StatsRow {
  const row = withReader(storedHistory(history), (reader) =>
    reader.stats({}, { by }).rows.find((each) => each.key === key),
  );
  if (row === undefined) throw NEVER;
  return row;
}

it('shows what was lost to cache misses, and the good answers per dollar', () => {
  const history = [TOLD, { ...TOLD, rating: -1 }, { ...TOLD, rating: null }];
  expect(rowOf(history, 'model', 'claude-x')).toMatchObject({
    lostTokens: 21,
    lostUsd: expect.closeTo(21e-6, 12),
    averageRating: -0.25,
    // (1 - 0.25) / 2 good answers a request, of 110 millionths of a dollar each
    valuePerUsd: expect.closeTo(0.375 / 110e-6, 3),
  });
  expect(rowOf(history, 'source', 'mcp:serena').valuePerUsd).toBeCloseTo(0.375 / 100e-6, 3);
  expect(rowOf([{ ...TOLD, rating: null }], 'model', 'claude-x').valuePerUsd).toBeNull();
});

it('spreads a series over the period from the first to the last use', () => {
  const history = [
    TOLD,
    {
      ...TOLD,
      at: AT + 47 * 3_600_000,
      input: 30,
      sources: [{ ...TOLD.sources[0], tokens: 30 } as Told['sources'][number]],
    },
  ];
  withReader(storedHistory(history), (reader) => {
    const { series, rows } = reader.stats({}, { by: 'model' });
    expect(series).toEqual({ from: new Date('2026-01-06T10:00:00.000Z'), hoursEach: 2, spans: 24 });
    expect(rows[0]?.series).toEqual([100, ...Array(22).fill(0), 30]);
    expect(rows[0]).toMatchObject({
      firstUsed: new Date('2026-01-06T10:00:00Z'),
      lastUsed: new Date('2026-01-08T09:00:00Z'),
    });
  });
});

it('keeps counting what retention has removed', () => {
  const file = storedHistory([TOLD, { ...TOLD, session: 'b' }]);
  const before = withReader(file, (reader) => reader.stats({}, { by: 'session' }));
  const db = openDatabase(file, { readonly: false });
  db.prepare('DELETE FROM captured_requests').run();
  db.close();
  expect(withReader(file, (reader) => reader.stats({}, { by: 'session' }))).toEqual(before);
});

it('sorts by any figure, the largest first and unknown ones last', () => {
  const history = [
    TOLD,
    { ...TOLD, model: 'cheap', cost: 1e-6, input: 5, rating: 1, sources: [] },
    { ...TOLD, model: 'unpriced', cost: null, rating: null },
    { ...TOLD, model: 'unpriced', cost: null, rating: null },
  ];
  withReader(storedHistory(history), (reader) => {
    const keys = (sort?: 'cost' | 'requests' | 'rating' | 'key') =>
      reader.stats({}, { by: 'model', sort }).rows.map(({ key }) => key);
    expect(keys()).toEqual(['claude-x', 'cheap', 'unpriced']);
    expect(keys('requests')[0]).toBe('unpriced');
    expect(keys('rating')).toEqual(['cheap', 'claude-x', 'unpriced']);
    expect(keys('key')).toEqual(['cheap', 'claude-x', 'unpriced']);
    const { rows, totalRows } = reader.stats({}, { by: 'model', limit: 1 });
    expect([rows.length, totalRows]).toEqual([1, 3]);
  });
});

it('lists the last days and weeks first', () => {
  const history = [0, 1, 9].map((days) => ({ ...TOLD, at: AT + days * 86_400_000 }));
  withReader(storedHistory(history), (reader) => {
    const keys = (by: StatsKey) => reader.stats({}, { by }).rows.map(({ key }) => key);
    expect(keys('day')).toEqual([9, 1, 0].map((days) => localDate(AT + days * 86_400_000)));
    expect(keys('week')).toHaveLength(2);
    expect(keys('week')[1]).toBe(localDate(Date.UTC(2026, 0, 5, 12)));
  });
});

it('refuses figures by model for some sources', () => {
  const file = storedHistory([TOLD]);
  expect(() => withReader(file, (reader) => reader.stats({ source: 'mcp:*' }, { by: 'model' }))).toThrow(/source/);
});

it('returns empty statistics without requests', () => {
  const { rows, total, series } = withReader(storedHistory([TOLD]), (reader) =>
    reader.stats({ sessionId: 'nobody' }, { by: 'model' }),
  );
  expect({ rows, series, requests: total.requests, cost: total.costUsd }).toEqual({
    rows: [],
    series: null,
    requests: 0,
    cost: null,
  });
});
