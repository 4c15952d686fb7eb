import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ThreadAttribution } from '../../../src/model/thread.js';
import { openDatabase, openReader } from '../../../src/store/index.js';
import type { SourceUseFilter } from '../../../src/store/read/source-uses.js';
import { anAttribution, aRequest, aResponse, aSegment, aShare, USAGE } from '../support/records.js';
import { arbitraryHistory, arbitraryTime, storedHistory } from '../support/some-history.js';
import { startedStore } from '../support/started-store.js';

const MCP = { source: 'mcp:serena', part: 'definition' } as const;

/** Three requests of two sessions, with a server and a skill that are deferred until one is loaded and called. */
function session() {
  const { file, store, run } = startedStore();
  const save = (sessionId: string, initiated: number, attribution: ThreadAttribution | null) => {
    const timestamps = { ...aRequest(run.id).timestamps, initiated };
    const request = aRequest(run.id, { sessionId, timestamps });
    store.saveRequest(request);
    store.saveResponse(aResponse(request, { usage: { ...USAGE, uncached: 0, cacheRead: 0 } }), attribution);
  };
  const deferred = ['find', 'rename'].map((name) =>
    aSegment({ ...MCP, detail: `mcp__serena__${name}`, unread: 'deferred', tokens: 0, costUsd: 0 }),
  );
  const listings = [
    aShare('mcp:serena', 4, { part: 'listing' }),
    aShare('mcp:serena', 0, { part: 'definition', segments: 2, costUsd: 0 }),
    aShare('skill:bake', 2, { part: 'listing' }),
    aShare('tool:Skill', 3, { part: 'definition' }),
    aShare('memory:/CLAUDE.md', 6, { part: 'body' }),
    aShare('user', 1),
  ];
  save('a', 1_000, anAttribution(listings, { segments: deferred, calls: [{ source: 'skill:bake', tool: 'Skill' }] }));
  save(
    'a',
    2_000,
    anAttribution(
      [
        ...listings.filter(({ source, part }) => source !== 'mcp:serena' || part !== 'definition'),
        aShare('mcp:serena', 10, { part: 'definition' }),
        aShare('mcp:serena', 5, { part: 'result', costUsd: null }),
        aShare('skill:bake', 8, { part: 'body' }),
      ],
      {
        segments: [aSegment({ ...MCP, detail: 'mcp__serena__find' }), ...deferred.slice(1)],
        calls: [1, 2].map(() => ({ source: 'mcp:serena', tool: 'mcp__serena__find' })),
      },
    ),
  );
  save('b', 3_000, anAttribution(listings.slice(0, 3), { segments: deferred }));
  save('b', 4_000, null);
  store.close();
  return openReader(file);
}

it('sums each source over the requests that contained it, with its idle part and its use', () => {
  const reader = session();
  const { sources, ...rest } = reader.sourceUses({ version: 1 });
  expect(rest).toMatchObject({ requests: 4, outdatedRequests: 1, inputTokens: 4 * 90 });
  const find = (source: string) => sources.find((use) => use.source === source);
  expect(find('mcp:serena')).toEqual({
    source: 'mcp:serena',
    requests: 3,
    sessions: 2,
    tokens: 3 * 4 + 15,
    share: 27 / 360,
    costUsd: expect.closeTo(22e-6, 12),
    idleTokens: 22,
    idleCostUsd: expect.closeTo(22e-6, 12),
    funnel: { listed: 3, loaded: 1, called: 2 },
  });
  expect(find('skill:bake')).toMatchObject({
    tokens: 14,
    idleTokens: 6,
    funnel: { listed: 3, loaded: 1, called: 1 },
  });
  expect(find('memory:/CLAUDE.md')).toMatchObject({ tokens: 12, idleTokens: 12, funnel: null });
  expect(find('user')).toMatchObject({ idleTokens: null, idleCostUsd: null, funnel: null });
  reader.close();
});

it('counts the call of a skill for the tool that starts it, too', () => {
  const reader = session();
  const { sources } = reader.sourceUses({ version: 1 });
  expect(sources.find(({ source }) => source === 'tool:Skill')?.funnel).toEqual({ listed: 2, loaded: 2, called: 1 });
  reader.close();
});

it('lists the tools of a server separately', () => {
  const reader = session();
  expect(reader.sourceUses({ version: 1 }).tools).toEqual([
    {
      source: 'mcp:serena',
      tool: 'mcp__serena__find',
      tokens: 10,
      costUsd: 10e-6,
      listed: 3,
      loaded: 1,
      called: 2,
    },
    { source: 'mcp:serena', tool: 'mcp__serena__rename', tokens: 0, costUsd: 0, listed: 3, loaded: 0, called: 0 },
  ]);
  reader.close();
});

it('respects period and session', () => {
  const reader = session();
  const carried = (filter: Omit<SourceUseFilter, 'version'>) => {
    const { requests, sources, tools } = reader.sourceUses({ version: 1, ...filter });
    const serena = sources.find(({ source }) => source === 'mcp:serena');
    return [requests, serena?.requests, serena?.funnel?.called, tools[0]?.called];
  };
  expect(carried({ since: 1_500 })).toEqual([3, 2, 2, 2]);
  expect(carried({ until: 2_000 })).toEqual([1, 1, 0, 0]);
  expect(carried({ sessionId: 'b' })).toEqual([2, 1, 0, 0]);
  expect(reader.sourceUses({ version: 1, sessionId: 'unknown' })).toMatchObject({
    requests: 0,
    inputCostUsd: null,
    sources: [],
  });
  reader.close();
});

it('has no dollars without a known price', () => {
  const { file, store, run } = startedStore();
  const request = aRequest(run.id);
  store.saveRequest(request);
  const shares = [aShare('skill:bake', 5, { part: 'listing', costUsd: null }), aShare('user', 5, { costUsd: null })];
  store.saveResponse(aResponse(request), anAttribution(shares, { inputCostUsd: null, outputCostUsd: null }));
  store.close();
  const reader = openReader(file);
  const { unpricedRequests, inputCostUsd, sources } = reader.sourceUses({ version: 1 });
  expect([unpricedRequests, inputCostUsd]).toEqual([1, null]);
  expect(sources.map(({ costUsd, idleCostUsd }) => [costUsd, idleCostUsd])).toEqual([
    [null, null],
    [null, null],
  ]);
  reader.close();
});

it('leaves out requests without a bill: refused, aborted, still open', () => {
  const { file, store, run } = startedStore();
  const unpriced = { inputCostUsd: null, outputCostUsd: null };
  const attribution = (tokens: number, values: Partial<ThreadAttribution>) =>
    anAttribution([aShare('mcp:serena', tokens, { part: 'definition' })], {
      segments: [aSegment({ ...MCP, detail: 'mcp__serena__find', tokens })],
      ...values,
    });
  const [billed, refused, open] = [aRequest(run.id), aRequest(run.id), aRequest(run.id)];
  for (const request of [billed, refused, open]) store.saveRequest(request);
  store.saveResponse(aResponse(billed), attribution(1000, {}));
  store.saveResponse(aResponse(refused, { usage: null, status: 529 }), attribution(5000, unpriced));
  store.close();
  const reader = openReader(file);
  const { sources, tools, ...rest } = reader.sourceUses({ version: 1 });
  expect(rest).toMatchObject({
    requests: 1,
    unbilledRequests: 2,
    unpricedRequests: 0,
    outdatedRequests: 0,
    inputTokens: 1000,
  });
  expect(sources).toMatchObject([{ requests: 1, tokens: 1000, share: 1, idleTokens: 1000, funnel: { listed: 1 } }]);
  expect(tools).toMatchObject([{ tokens: 1000, listed: 1 }]);
  reader.close();
});

it('counts requests attributed by another version of the engine as outdated', () => {
  const reader = session();
  expect(reader.sourceUses({ version: 1 }).outdatedRequests).toBe(1);
  expect(reader.sourceUses({ version: 2 }).outdatedRequests).toBe(4);
  reader.close();
});

it('equals sums in plain code, for any period and session', () => {
  const filters = fc.record(
    { since: arbitraryTime, until: arbitraryTime, sessionId: fc.constantFrom('a', 'b') },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(arbitraryHistory, filters, (history, filter) => {
      const told = history.filter(
        ({ at, session }) =>
          at >= (filter.since ?? at) && at < (filter.until ?? at + 1) && session === (filter.sessionId ?? session),
      );
      const billed = told.filter((each) => each.billed);
      const reader = openReader(storedHistory(history));
      const uses = reader.sourceUses({ version: 1, ...filter });
      reader.close();
      expect(uses).toMatchObject({
        requests: billed.length,
        unbilledRequests: told.length - billed.length,
        unpricedRequests: billed.filter(({ cost }) => cost === null).length,
        outdatedRequests: 0,
        inputTokens: billed.reduce((sum, { input }) => sum + input, 0),
      });
      expect(new Set(uses.sources.map(({ source }) => source))).toEqual(
        new Set(billed.flatMap(({ sources }) => sources.map(({ source }) => source))),
      );
      for (const use of uses.sources) {
        const carried = billed.flatMap((each) =>
          each.sources
            .filter(({ source }) => source === use.source)
            .map((share) => ({ ...share, session: each.session })),
        );
        const tokens = (shares: typeof carried) => shares.reduce((sum, share) => sum + share.tokens, 0);
        expect(use).toMatchObject({
          requests: carried.length,
          sessions: new Set(carried.map(({ session }) => session)).size,
          tokens: tokens(carried),
          idleTokens: use.source === 'user' ? null : tokens(carried.filter(({ idle }) => idle)),
        });
      }
    }),
    { numRuns: 20 },
  );
});

it('has the same use of sources without the sums of requests', () => {
  const reader = session();
  for (const period of [{}, { sessionId: 'a' }, { sessionId: 'b', until: 4_000 }, { project: 'none' }]) {
    const called = reader.sourceUses({ version: 1, ...period }).sources.filter(({ funnel }) => funnel !== null);
    const funnels = reader.funnels(period);
    expect([...funnels]).toEqual(called.map(({ source, funnel }) => [source, funnel]));
  }
  expect(reader.funnels({}).get('skill:bake')).toEqual({ listed: 3, loaded: 1, called: 1 });
  reader.close();
});

it('keeps counting what retention has removed', () => {
  const reader = session();
  const before = reader.sourceUses({ version: 1 });
  reader.close();
  const db = openDatabase(reader.file, { readonly: false });
  db.prepare('DELETE FROM captured_requests').run();
  db.close();
  const later = openReader(reader.file);
  // Only stored requests can be outdated; the one without an attribution has no price.
  expect(later.sourceUses({ version: 1 })).toEqual({ ...before, outdatedRequests: 0, unpricedRequests: 1 });
  later.close();
});
