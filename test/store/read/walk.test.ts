import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openReader, type RequestFilter } from '../../../src/store/index.js';
import { anAttribution, aRequest, aResponse, aShare } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

/** Requests of one minute, some at the same millisecond, each with a source and a model of its own kind. */
function filled(count: number) {
  const { store, run, file } = startedStore();
  const at = Date.UTC(2026, 0, 1);
  const ids = Array.from({ length: count }, (_, index) => {
    const initiated = at + Math.floor(index / 3) - (index % 5);
    const request = aRequest(run.id, {
      model: index % 2 === 0 ? 'even' : 'odd',
      timestamps: { ...aRequest(run.id).timestamps, initiated },
    });
    store.saveRequest(request);
    if (index % 4 !== 3) store.saveResponse(aResponse(request), anAttribution([aShare(`mcp:s${index % 3}`, 10)]));
    return request.id;
  });
  return { store, run, file, ids };
}

function walked(file: string, filter: RequestFilter, stretch: number): string[] {
  const reader = openReader(file);
  const ids: string[] = [];
  for (let position = 0; ; ) {
    const next = reader.walk(filter, position, stretch);
    if (next.rows.length === 0) break;
    ids.push(...next.rows.map(({ id }) => id));
    position = next.position;
  }
  reader.close();
  return ids;
}

describe('walking over stored requests', () => {
  it('returns each match once, in the order of storing, with any limit', () => {
    const { store, file, ids } = filled(40);
    store.close();
    const reader = openReader(file);
    const matching = (filter: RequestFilter) => new Set(reader.query(filter, { limit: 100 }).rows.map(({ id }) => id));
    const filters: RequestFilter[] = [
      {},
      { model: 'odd' },
      { source: 'mcp:s1' },
      { status: '200', since: Date.UTC(2026, 0, 1) + 4 },
      { status: 'open' },
      { minTokens: 1_000, sessionId: 'f0b1c2d3-0000-4000-8000-000000000001' },
    ];
    fc.assert(
      fc.property(fc.constantFrom(...filters), fc.integer({ min: 1, max: 50 }), (filter, stretch) => {
        const expected = matching(filter);
        expect(expected.size).toBeGreaterThan(0);
        expect(walked(file, filter, stretch)).toEqual(ids.filter((id) => expected.has(id)));
        expect(reader.countAfter(filter, 0)).toBe(expected.size);
      }),
      { numRuns: 60 },
    );
    reader.close();
  });

  it('returns requests stored in the meantime, even if they began earlier', () => {
    const { store, run, file, ids } = filled(5);
    const reader = openReader(file);
    const { position } = reader.walk({}, 0, 5);
    const late = aRequest(run.id, { timestamps: { ...aRequest(run.id).timestamps, initiated: 1_000 } });
    store.saveRequest(late);
    expect(reader.walk({}, position, 5).rows.map(({ id }) => id)).toEqual([late.id]);
    expect(reader.position(ids.at(-1) ?? '')).toBe(position);
    reader.close();
    store.close();
  });
});
