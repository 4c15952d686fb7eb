import { describe, expect, it } from 'vitest';
import type { CapturedRequest } from '../../../src/model/exchange.js';
import {
  InvalidRatingError,
  LOCAL_USER,
  NotFoundError,
  NotRatedError,
  openDatabase,
  openReader,
  RatedAlreadyError,
} from '../../../src/store/index.js';
import { anAttribution, aRequest, aResponse, aShare } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

const HOUR = 3_600_000;

/** The ratings in the aggregates, by source and by hour. */
function rated(file: string) {
  const db = openDatabase(file, { readonly: true });
  const all = (sql: string) => db.prepare(sql).raw().all();
  const answer = {
    sources: all(
      'SELECT source, feedback_count, rating_sum FROM context_source_metrics WHERE feedback_count > 0 ORDER BY 1',
    ),
    sourceHours: all(`
      SELECT m.source, h.hour, h.feedback_count, h.rating_sum FROM source_hours h
      JOIN context_source_metrics m ON m.id = h.source WHERE h.feedback_count > 0 ORDER BY 1, 2`),
    hours: all('SELECT hour, feedback_count, rating_sum FROM request_hours WHERE feedback_count > 0 ORDER BY 1'),
  };
  db.close();
  return answer;
}

function started() {
  const { file, store, run } = startedStore();
  const save = (hour: number, sources: readonly string[], values: Partial<CapturedRequest> = {}) => {
    const initiated = hour * HOUR + 5;
    const request = aRequest(run.id, { timestamps: { ...aRequest(run.id).timestamps, initiated }, ...values });
    store.saveRequest(request);
    const shares = sources.flatMap((source) => [aShare(source, 10), aShare(source, 5, { part: 'definition' })]);
    store.saveResponse(aResponse(request), anAttribution(shares));
    return request.id;
  };
  return { file, store, run, save };
}

const GOOD = { rating: 1, comment: null };

describe('a rating', () => {
  it('counts once for each distinct source of its request, in the hour of the request', () => {
    const { file, store, save } = started();
    const id = save(500_000, ['user', 'mcp:serena']);
    save(500_000, ['user', 'skill:other']);
    const row = store.ratings.add(id, { rating: 0.5, comment: 'quick' }, LOCAL_USER);
    expect(row).toMatchObject({
      id: expect.stringMatching(/^fb_/),
      requestId: id,
      rating: 0.5,
      feedbackText: 'quick',
      userId: 'local-user',
      affectedSources: ['mcp:serena', 'user'],
    });
    expect(rated(file)).toEqual({
      sources: [
        ['mcp:serena', 1, 0.5],
        ['user', 1, 0.5],
      ],
      sourceHours: [
        ['mcp:serena', 500_000, 1, 0.5],
        ['user', 500_000, 1, 0.5],
      ],
      hours: [[500_000, 1, 0.5]],
    });
    store.close();
  });

  it('is visible to the next read', () => {
    const { file, store, save } = started();
    const id = save(1, ['user']);
    const reader = openReader(file);
    store.ratings.add(id, GOOD, LOCAL_USER);
    expect(reader.query({ rated: true }).rows.map((row) => [row.id, row.rating])).toEqual([[id, 1]]);
    expect(reader.rating(id)).toMatchObject({ rating: 1 });
    expect(reader.ratings({ minRating: 0.9 })).toMatchObject({ total: 1, rows: [{ requestId: id }] });
    expect(reader.ratings({ maxRating: 0.9 })).toEqual({ total: 0, rows: [] });
    reader.close();
    store.close();
  });

  it('leaves the aggregates, when changed or removed, as if it had always been so', () => {
    const { file, store, save } = started();
    const id = save(7, ['user', 'mcp:serena']);
    const other = save(8, ['user']);
    store.ratings.add(other, { rating: -0.3, comment: null }, LOCAL_USER);
    const without = rated(file);
    store.ratings.add(id, { rating: 0.7, comment: 'x' }, LOCAL_USER);
    const first = rated(file);
    store.ratings.change(id, { rating: -1 });
    expect(rated(file)).not.toEqual(first);
    expect(store.ratings.change(id, { rating: 0.7 })).toMatchObject({ feedbackText: 'x' });
    expect(store.ratings.change(id, { comment: '' })).toMatchObject({ rating: 0.7, feedbackText: null });
    for (const [source, , sum] of rated(file).sources as [string, number, number][]) {
      expect(sum).toBeCloseTo(source === 'user' ? 0.4 : 0.7, 12);
    }
    store.ratings.remove(id);
    const after = rated(file);
    expect(after.hours).toEqual(without.hours);
    expect(after.sources).toEqual([['user', 1, expect.closeTo(-0.3, 12)]]);
    store.close();
  });

  it('moves to the new sources when its request is attributed again', () => {
    const { file, store, save } = started();
    const id = save(7, ['user', 'framework:old']);
    store.ratings.add(id, GOOD, LOCAL_USER);
    store.replaceAttribution(id as `req_${string}`, anAttribution([aShare('user', 1), aShare('skill:new', 2)]));
    store.settleSources();
    expect(rated(file).sources).toEqual([
      ['skill:new', 1, 1],
      ['user', 1, 1],
    ]);
    store.close();
  });

  it('is allowed for failed, aborted and open requests, and counts once their sources are known', () => {
    const { file, store, run } = started();
    const request = aRequest(run.id);
    store.saveRequest(request);
    store.ratings.add(request.id, GOOD, LOCAL_USER);
    expect(rated(file).sources).toEqual([]);
    store.saveResponse(aResponse(request, { state: 'aborted', status: null }), anAttribution([aShare('user', 1)]));
    expect(rated(file).sources).toEqual([['user', 1, 1]]);
    store.close();
  });

  it('of `last` goes to the last answer of a main conversation, not to a side request', () => {
    const { file, store, run } = started();
    const save = (purpose: 'main' | 'title', at: number) => {
      const request = aRequest(run.id, { timestamps: { ...aRequest(run.id).timestamps, initiated: at } });
      store.saveRequest(request);
      const place = { purpose, threadId: request.id, previousId: null, continuation: null, startedBy: null };
      store.saveResponse(aResponse(request), anAttribution([aShare('user', 1)], { place }));
      return request.id;
    };
    const main = save('main', 1_000);
    save('title', 2_000);
    const given = store.ratings.add('last', GOOD, LOCAL_USER);
    expect(given.requestId).toBe(main);
    const reader = openReader(file);
    expect(reader.rating('last')).toEqual(given);
    reader.close();
    store.close();
  });

  it('is refused when given twice, changed without one, out of bounds, too long, or for no request', () => {
    const { file, store, save } = started();
    const id = save(1, ['user']);
    expect(() => store.ratings.change(id, GOOD)).toThrow(NotRatedError);
    expect(() => store.ratings.remove(id)).toThrow(NotRatedError);
    expect(() => store.ratings.add('req_zz', GOOD, LOCAL_USER)).toThrow(NotFoundError);
    for (const rating of [1.01, -2, Number.NaN]) {
      expect(() => store.ratings.add(id, { rating, comment: null }, LOCAL_USER)).toThrow(InvalidRatingError);
    }
    expect(() => store.ratings.add(id, { rating: 0, comment: 'x'.repeat(2_001) }, LOCAL_USER)).toThrow(
      InvalidRatingError,
    );
    store.ratings.add(id, { rating: 0, comment: 'x'.repeat(2_000) }, LOCAL_USER);
    expect(() => store.ratings.add(id, GOOD, LOCAL_USER)).toThrow(RatedAlreadyError);
    expect(rated(file).sources).toEqual([['user', 1, 0]]);
    store.close();
  });
});
