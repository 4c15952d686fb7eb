import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CapturedRequest } from '../../../src/model/exchange.js';
import type { Part } from '../../../src/model/segment.js';
import type { ThreadAttribution } from '../../../src/model/thread.js';
import { openDatabase, openStore } from '../../../src/store/index.js';
import { contributedSums, differences, type Sums, storedSums, together } from '../support/aggregate-sums.js';
import { anAttribution, aRequest, aResponse, aRun, aSegment, aShare, USAGE } from '../support/records.js';
import { tempDatabase } from '../support/temp-database.js';

const START = Date.parse('2026-03-01T22:40:00Z');
const SOURCES = ['user', 'mcp:serena', 'mcp:vault', 'memory:/CLAUDE.md', 'hook:Stop', 'skill:tidy'] as const;
const PARTS: readonly Part[] = ['definition', 'text', 'body', 'listing', 'result'];
const TOOLS = ['mcp__serena__find', 'mcp__vault__read'] as const;

/** Fractions whose sums are not exact in binary. */
const cost = fc.option(
  fc.nat(1_000).map((n) => n / 700),
  { freq: 5 },
);

const attribution: fc.Arbitrary<ThreadAttribution> = fc
  .record({
    shares: fc.uniqueArray(fc.tuple(fc.constantFrom(...SOURCES), fc.constantFrom(...PARTS), fc.nat(900), cost), {
      selector: ([source, part]) => `${source} ${part}`,
      maxLength: 7,
    }),
    tools: fc.subarray([...TOOLS]),
    called: fc.array(fc.constantFrom(...TOOLS, 'Read'), { maxLength: 3 }),
    deferred: fc.boolean(),
    lost: fc.option(fc.record({ lostTokens: fc.nat(500), lostUsd: cost })),
    inputCostUsd: cost,
    outputCostUsd: cost,
  })
  .map(({ shares, tools, called, deferred, lost, ...costs }) =>
    anAttribution(
      shares.map(([source, part, tokens, costUsd]) => aShare(source, tokens, { part, costUsd })),
      {
        ...costs,
        segments: tools.map((detail) =>
          aSegment({ source: sourceOf(detail), part: 'definition', detail, unread: deferred ? 'deferred' : null }),
        ),
        calls: called.map((tool) => ({ source: sourceOf(tool), tool })),
        cacheMiss: lost && { cause: 'expired', source: null, path: null, detail: null, ...lost },
      },
    ),
  );

/** A write; `which` selects one of the requests stored so far. */
const happening = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('save' as const),
      at: fc.nat(3 * 3_600_000),
      sessionId: fc.constantFrom('one', 'two', null),
      model: fc.constantFrom('claude-test', null),
      kind: fc.constantFrom('messages' as const, 'messages' as const, 'count_tokens' as const),
      ending: fc.constantFrom('open', 'billed', 'billed', 'overloaded', 'aborted'),
      attribution: fc.option(attribution, { freq: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('replace' as const), which: fc.nat(), attribution }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('rate' as const, 'change' as const, 'remove' as const),
      which: fc.nat(),
      rating: fc.constantFrom(-1, -0.3, 0, 0.1, 1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('free' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('settle' as const) }) },
);
type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never;

describe('the aggregates', () => {
  it('are the sums of the contributions of all requests ever, whatever is saved, attributed again, rated and removed', () => {
    fc.assert(
      fc.property(fc.array(happening, { minLength: 5, maxLength: 40 }), (happenings) => {
        const { stored, expected } = play(happenings);
        expect(differences(stored, expected)).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('would fail this test if they were wrong', () => {
    const { stored, expected } = play([
      {
        type: 'save',
        at: 0,
        sessionId: 'one',
        model: null,
        kind: 'messages',
        ending: 'billed',
        attribution: anAttribution([aShare('user', 5)]),
      },
    ]);
    expect(stored.size).toBe(3);
    expect(differences(stored, new Map())).not.toEqual([]);
    expect(differences(together(stored, expected), expected)).not.toEqual([]);
  });
});

function play(happenings: readonly Happening[]): { stored: Sums; expected: Sums } {
  const file = tempDatabase();
  const store = openStore(file);
  const db = openDatabase(file, { readonly: false });
  const run = aRun();
  store.beginRun(run);
  const answered: CapturedRequest[] = [];
  const rated = new Set<string>();
  let gone: Sums = new Map();

  for (const each of happenings) {
    if (each.type === 'save') {
      const { at, ending, attribution, ...plain } = each;
      const timestamps = { ...aRequest(run.id).timestamps, initiated: START + at };
      const request = aRequest(run.id, { ...plain, timestamps });
      store.saveRequest(request);
      if (ending === 'open') continue;
      store.saveResponse(aResponse(request, ENDINGS[ending]), plain.kind === 'messages' ? attribution : null);
      answered.push(request);
    } else if (each.type === 'settle') {
      store.settleSources();
    } else {
      const [request] = answered.length === 0 ? [] : answered.slice(each.which % answered.length);
      if (request === undefined) continue;
      const { id } = request;
      if (each.type === 'replace' && request.kind === 'messages') store.replaceAttribution(id, each.attribution);
      if (each.type === 'rate' && !rated.has(id)) {
        store.ratings.add(id, { rating: each.rating, comment: null }, 'local-user');
        rated.add(id);
      }
      if (each.type === 'change' && rated.has(id)) store.ratings.change(id, { rating: each.rating });
      if (each.type === 'remove' && rated.delete(id)) store.ratings.remove(id);
      if (each.type === 'free') {
        const before = contributedSums(db);
        db.prepare('DELETE FROM captured_requests WHERE id = ?').run(id);
        gone = together(gone, together(before, negative(contributedSums(db))));
        answered.splice(answered.indexOf(request), 1);
      }
    }
  }
  const result = { stored: storedSums(db), expected: together(contributedSums(db), gone) };
  db.close();
  store.close();
  return result;
}

const ENDINGS: Readonly<Record<string, Parameters<typeof aResponse>[1]>> = {
  billed: { usage: { ...USAGE, uncached: 7 } },
  overloaded: { usage: null, status: 529, error: 'overloaded_error', proxyOverheadMs: null },
  aborted: { usage: null, state: 'aborted', status: null },
};

function negative(sums: Sums): Sums {
  return new Map(
    [...sums].map(([key, row]) => [
      key,
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, -value])),
    ]),
  );
}

function sourceOf(tool: string): string {
  const server = /^mcp__(.+?)__/.exec(tool)?.[1];
  return server === undefined ? `tool:${tool}` : `mcp:${server}`;
}
