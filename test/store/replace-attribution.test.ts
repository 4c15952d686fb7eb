import { describe, expect, it } from 'vitest';
import type { CapturedRequest } from '../../src/model/exchange.js';
import { requestId } from '../../src/model/ids.js';
import type { ThreadAttribution } from '../../src/model/thread.js';
import { openDatabase, openReader, type Store } from '../../src/store/index.js';
import { attributedRows } from './support/attributed-rows.js';
import { finish, olderThanOnly } from './support/old-history.js';
import { anAttribution, aRequest, aResponse, aSegment, aShare } from './support/records.js';
import { startedStore } from './support/started-store.js';

const DAY = 86_400_000;
const START = Date.parse('2026-03-01T22:00:00Z');

/** Shares with costs that do not add up exactly in binary, and parts in any order. */
function first(index: number): ThreadAttribution {
  return anAttribution([
    aShare('mcp:serena', 30 + index, { costUsd: 0.1 }),
    aShare('mcp:serena', 20, { part: 'definition', costUsd: 0.2 }),
    aShare(index % 2 === 0 ? 'framework:old' : 'user', 7 * index, { costUsd: 0.7 / 3 }),
    aShare('memory:/CLAUDE.md', 5, { costUsd: null }),
  ]);
}

function second(index: number): ThreadAttribution {
  return anAttribution(
    [
      aShare('mcp:serena', 11 + index, { costUsd: 0.3 }),
      aShare('user', 40 + index, { costUsd: 0.1 }),
      ...(index === 3 ? [aShare('skill:new', 9)] : []),
    ],
    {
      version: 2,
      solution: { tokens: [index], known: ['exact'], cleared: [] },
      segments: [aSegment({ source: 'mcp:serena', part: 'definition', detail: 'mcp__serena__find' })],
      calls: [{ source: 'skill:new', tool: 'Skill' }],
      cacheMiss: { cause: 'expired', source: null, path: null, detail: '70 minutes', lostTokens: 5, lostUsd: null },
    },
  );
}

/** Twelve requests over three days, the ids the same in every database. */
function fill(store: Store, runId: CapturedRequest['runId'], attribution: (index: number) => ThreadAttribution) {
  return Array.from({ length: 12 }, (_, index) => {
    const at = START + (index * DAY) / 5;
    const timestamps = { ...aRequest(runId).timestamps, initiated: at, received: at };
    const request = aRequest(runId, { correlationId: `0000000000000000000000000${index.toString(36)}`, timestamps });
    store.saveRequest(request);
    store.saveResponse(aResponse(request), attribution(index));
    return request;
  });
}

describe('replacing attributions', () => {
  it('leaves the same database as if only the new ones had been stored', () => {
    const fresh = startedStore();
    fill(fresh.store, fresh.run.id, second);
    const { file, store, run } = startedStore();
    const requests = fill(store, run.id, first);
    for (const [index, { id }] of requests.entries()) expect(store.replaceAttribution(id, second(index))).toBe(true);
    store.settleSources();
    expect(attributedRows(file)).toEqual(attributedRows(fresh.file));
    fresh.store.close();
    store.close();
  });

  it('with equal ones changes nothing, to the last bit', () => {
    const { file, store, run } = startedStore();
    const requests = fill(store, run.id, first);
    const sums = () => {
      const db = openDatabase(file, { readonly: true });
      const tables = ['context_source_metrics', 'request_hours', 'source_hours', 'tool_hours'].map((table) =>
        db.prepare(`SELECT * FROM ${table}`).all(),
      );
      db.close();
      return tables;
    };
    const before = sums();
    for (const [index, { id }] of requests.entries()) store.replaceAttribution(id, first(index));
    store.settleSources();
    expect(sums()).toEqual(before);
    store.close();
  });

  it('keeps what removed requests added to the aggregates', () => {
    const { file, store, run } = startedStore();
    const requests = fill(store, run.id, first);
    const db = openDatabase(file, { readonly: false });
    db.prepare('DELETE FROM captured_requests WHERE initiated < ?').run(START + DAY);
    db.close();
    for (const [index, { id }] of requests.entries())
      store.replaceAttribution(id, anAttribution([aShare('user', index)]));
    store.settleSources();
    const { sources } = attributedRows(file);
    // Six of the twelve had it, and three of those were removed.
    expect(sources).toContainEqual(
      expect.objectContaining({ source: 'framework:old', usage_count: 3, total_tokens: 7 * (0 + 2 + 4) }),
    );
    expect(sources.find(({ source }) => source === 'framework:old')).toMatchObject({ created_at: START });
    store.close();
  });

  it('does nothing for an exchange that is no longer stored, and returns false', () => {
    const { file, store, run } = startedStore();
    const unanswered = aRequest(run.id);
    store.saveRequest(unanswered);
    expect(store.replaceAttribution(unanswered.id, first(0))).toBe(false);
    expect(store.replaceAttribution('req_unknown', first(0))).toBe(false);
    expect(attributedRows(file).shares).toEqual([]);
    store.close();
  });
});

describe('the plan of a replay', () => {
  it('contains the whole session of an outdated request, in the order in which its exchanges ended, and counts the others', () => {
    const { file, store, run } = startedStore();
    const save = (sessionId: string | null, version: number, initiated: number, latencyMs: number) => {
      const timestamps = { ...aRequest(run.id).timestamps, initiated };
      const request = aRequest(run.id, { sessionId, timestamps });
      store.saveRequest(request);
      store.saveResponse(aResponse(request, { latencyMs }), anAttribution([aShare('user', 1)], { version }));
      return request.id;
    };
    const slow = save('mixed', 2, 1_000, 900);
    const quick = save('mixed', 1, 1_100, 10);
    save('current', 2, 1_200, 10);
    const alone = save(null, 1, 1_300, 10);
    save(null, 2, 1_400, 10);
    const counting = aRequest(run.id, { sessionId: 'mixed', kind: 'count_tokens' });
    store.saveRequest(counting);
    store.saveResponse(aResponse(counting, { usage: null }), null);
    store.saveRequest(aRequest(run.id, { sessionId: 'mixed' }));
    store.close();
    const reader = openReader(file);
    expect(reader.replay({ version: 2 })).toEqual({
      sessions: [[alone], [quick, slow, counting.id]],
      others: 2,
      severed: 0,
    });
    expect(reader.replay({ version: 2, sessionId: 'current' })).toEqual({ sessions: [], others: 5, severed: 0 });
    expect(reader.replay({ version: 2, sessionId: 'current', all: true }).sessions.flat()).toHaveLength(1);
    expect(reader.replay({ version: 2, since: 1_250 })).toEqual({ sessions: [[alone]], others: 4, severed: 0 });
    expect(reader.replay({ version: 1, all: true }).sessions.flat()).toHaveLength(6);
    reader.close();
  });

  it('leaves out sessions with removed requests, and counts their requests', () => {
    const { file, store, run } = startedStore();
    const save = (sessionId: string | null, initiated: number, previous: string | null = null) => {
      const timestamps = { ...aRequest(run.id).timestamps, initiated };
      const request = aRequest(run.id, { sessionId, timestamps });
      const before = previous === null ? null : requestId(previous.replace('req_', ''));
      const place = { ...anAttribution([]).place, previousId: before, continuation: before && ('extends' as const) };
      store.saveRequest(request);
      store.saveResponse(aResponse(request), anAttribution([aShare('user', 1)], { place }));
      return request.id;
    };
    save('lost its beginning', 1_000);
    const second = save('lost its beginning', 2_000);
    save('lost its beginning', 3_000, second);
    save('lost a side call', 1_100);
    save('lost a side call', 2_100);
    save(null, 1_200);
    save(null, 2_200);
    const opening = save('whole', 2_300);
    const next = save('whole', 2_400, opening);
    save('goes on from what was never stored', 2_500, 'req_unknown');
    const reader = openReader(file);
    expect(reader.replay({ version: 2 })).toMatchObject({ others: 1, severed: 1 });
    finish(store.retention.prune(olderThanOnly(1_500)));
    store.close();
    expect(reader.replay({ version: 2 })).toEqual({ sessions: [[opening, next]], others: 5, severed: 5 });
    expect(reader.replay({ version: 1, all: true })).toEqual({ sessions: [[opening, next]], others: 5, severed: 5 });
    expect(reader.replay({ version: 1 })).toEqual({ sessions: [], others: 7, severed: 0 });
    expect(reader.replay({ version: 2, sessionId: 'lost a side call' })).toEqual({
      sessions: [],
      others: 7,
      severed: 1,
    });
    reader.close();
  });
});
