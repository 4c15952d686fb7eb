import { describe, expect, it } from 'vitest';
import type { CapturedRequest } from '../../../src/model/exchange.js';
import { openDatabase, openReader, type StatsKey } from '../../../src/store/index.js';
import { makeHistory } from '../../support/history/history.js';
import { loadHistory } from '../../support/history/load.js';
import { finish, keepDays, olderThanOnly } from '../support/old-history.js';
import { anAttribution, aRequest, aResponse, aRun, aShare } from '../support/records.js';
import { startedStore } from '../support/started-store.js';

/** Two projects with the same last part of their path, and an agent in one of them. */
function twoProjects() {
  const { file, store } = startedStore();
  const save = (cwd: string, values: Partial<CapturedRequest>, agent: string | null, tokens: number) => {
    const run = aRun({ cwd });
    store.beginRun(run);
    const request = aRequest(run.id, values);
    store.saveRequest(request);
    const place = anAttribution([]).place;
    store.saveResponse(
      aResponse(request),
      anAttribution(
        [aShare('mcp:serena', tokens, { part: 'definition' }), aShare('user', 10), aShare('assistant', 5)],
        {
          thread: { knownServers: [], agent: agent === null ? null : { name: agent, prompt: null } },
          place: { ...place, purpose: agent === null ? 'main' : 'subagent' },
          prompt: agent === null ? `in ${cwd}` : null,
        },
      ),
    );
    return request;
  };
  const one = save('/home/ada/shop', { sessionId: 'one', promptId: 'p1' }, null, 100);
  const explore = save('/home/ada/shop', { sessionId: 'one', promptId: 'p1', agentId: 'a1' }, 'Explore', 20);
  const two = save('/home/bob/shop', { sessionId: 'two', promptId: 'p1' }, null, 3);
  const three = save('/home/ada/[x]', { sessionId: 'three', promptId: 'p1' }, null, 7);
  store.close();
  return { reader: openReader(file), one, explore, two, three };
}

describe('a project', () => {
  it.each([
    ['/home/ada/shop', ['one', 'explore']],
    ['shop', ['one', 'explore', 'two']],
    ['/home/ada/*', ['one', 'explore', 'three']],
    ['[x]', ['three']],
    ['s*', ['one', 'explore', 'two']],
    ['hop', []],
    ['ada/shop', []],
  ])('is a path, or the last part of it: %s', (project, names) => {
    const { reader, ...requests } = twoProjects();
    const ids = names.map((name) => Object.entries(requests).find(([key]) => key === name)?.[1].id);
    expect(reader.page({ project }, { ascending: true }).map(({ id }) => id)).toEqual(ids);
    expect(reader.stats({ project }, { by: 'model' }).total.requests).toBe(names.length);
    reader.close();
  });

  it('chooses sessions, turns and what each source cost', () => {
    const { reader } = twoProjects();
    const project = '/home/ada/shop';
    expect(reader.sessions({ project }).rows.map(({ id }) => id)).toEqual(['one']);
    expect(reader.turns({ project }).map(({ requests }) => requests)).toEqual([2]);
    expect(reader.stats({ project, source: 'mcp:*' }, { by: 'source' }).rows).toMatchObject([
      { key: 'mcp:serena', requests: 2, inputTokens: 120 },
    ]);
    expect(
      reader.sourceUses({ version: 1, project }).sources.find(({ source }) => source === 'mcp:serena'),
    ).toMatchObject({ tokens: 120, idleTokens: 120, requests: 2 });
    expect(reader.activity({ project }, 100).prompts).toBe(1);
    reader.close();
  });
});

describe('an agent', () => {
  it.each(['Explore', 'Exp*', 'a1'])('is its name or its id: %s', (agent) => {
    const { reader, explore } = twoProjects();
    expect(reader.page({ agent }).map(({ id }) => id)).toEqual([explore.id]);
    expect(reader.sessions({ agent }).rows.map(({ id }) => id)).toEqual(['one']);
    expect(reader.stats({ agent }, { by: 'project' }).rows).toMatchObject([{ key: '/home/ada/shop', requests: 1 }]);
    reader.close();
  });
});

describe('the hours of work', () => {
  /** Minutes in which requests of a session began. */
  function worked() {
    const { file, store } = startedStore();
    const save = (cwd: string, agent: string | null, ...minutes: number[]) => {
      const run = aRun({ cwd });
      store.beginRun(run);
      for (const minute of minutes) {
        const base = aRequest(run.id, { sessionId: 'one', agentId: agent === null ? null : 'a1' });
        const request = { ...base, timestamps: { ...base.timestamps, initiated: minute * 60_000 } };
        store.saveRequest(request);
        const thread = { knownServers: [], agent: agent === null ? null : { name: agent, prompt: null } };
        store.saveResponse(aResponse(request), anAttribution([], { thread }));
      }
    };
    save('/shop', null, 0, 120);
    save('/shop', 'Explore', 30, 60);
    save('/blog', null, 180, 240);
    store.close();
    return openReader(file);
  }

  it.each([
    [{}, 4],
    [{ sessionId: 'one' }, 4],
    [{ project: '/shop' }, 2],
    [{ project: '/blog' }, 1],
    [{ agent: 'Explore' }, 0.5],
    [{ agent: 'a1', project: '/shop', sessionId: 'one' }, 0.5],
    [{ agent: 'Plan' }, 0],
    [{ since: 3_600_000, until: 3 * 3_600_000 }, 2],
    [{ project: '/blog', since: 200 * 60_000 }, 0],
  ])('of %o are those between its requests: %d', (period, hours) => {
    const reader = worked();
    expect(reader.activity(period, 10).hours).toBe(hours);
    reader.close();
  });
});

it.each<[StatsKey, (string | null)[]]>([
  ['project', ['/home/ada/shop', '/home/ada/[x]', '/home/bob/shop']],
  ['purpose', ['main', 'subagent']],
  ['agent', [null, 'Explore']],
])('statistics by %s have a row for each', (by, keys) => {
  const { reader } = twoProjects();
  expect(reader.stats({}, { by, sort: 'cost' }).rows.map(({ key }) => key)).toEqual(keys);
  reader.close();
});

it('statistics by prompt name the turn and its words', () => {
  const { reader } = twoProjects();
  const { rows } = reader.stats({}, { by: 'prompt' });
  const turns = reader
    .turns()
    .map(({ id, prompt, requests, costUsd }) => ({ key: id, prompt, requests, costUsd: costUsd }));
  expect(rows.map(({ key, prompt, requests, costUsd }) => ({ key, prompt, requests, costUsd }))).toEqual(
    turns.toSorted((a, b) => (b.costUsd ?? 0) - (a.costUsd ?? 0)),
  );
  expect(rows[0]).toMatchObject({ prompt: 'in /home/ada/shop', requests: 2 });
  reader.close();
});

it('statistics by group are the sums of its sources', () => {
  const { reader } = twoProjects();
  const { rows } = reader.stats({}, { by: 'group', sort: 'tokens' });
  expect(rows).toMatchObject([
    { key: 'mcp', inputTokens: 130, requests: 4 },
    { key: 'conversation', inputTokens: 60, requests: 8 },
  ]);
  reader.close();
});

describe('a history', () => {
  it('has the same figures from aggregates and from stored requests', () => {
    const { file, store } = startedStore();
    loadHistory(store, makeHistory({ seed: 5, requests: 250, days: 3, scale: 0.02 }));
    store.close();
    const reader = openReader(file);
    for (const by of ['source', 'group', 'model', 'session', 'day', 'month'] as const) {
      const [all, stored] = [reader.stats({}, { by }), reader.stats({ project: '*' }, { by })];
      expect(all).toMatchObject({ counts: 'all_requests', removedRequests: 0 });
      expect(stored).toMatchObject({ counts: 'stored_requests', removedRequests: null });
      expect(rounded(stored.rows)).toEqual(rounded(all.rows));
      expect(rounded(stored.total)).toEqual(rounded(all.total));
    }
    const version = 5;
    expect(rounded(reader.sourceUses({ version, project: '*' }))).toEqual(rounded(reader.sourceUses({ version })));
    reader.close();
  });

  it('has the same figures of sessions that moved to another folder', () => {
    const { file, store } = startedStore();
    loadHistory(store, makeHistory({ seed: 6, requests: 250, days: 3, scale: 0.02 }));
    store.beginRun(aRun({ cwd: '/elsewhere' }));
    store.close();
    const figures = () => {
      const reader = openReader(file);
      const scope = { project: '*' };
      const read = {
        uses: reader.sourceUses({ version: 5, ...scope }),
        bySource: reader.stats(scope, { by: 'source' }),
        byMonth: reader.stats({ source: 'mcp:*', ...scope }, { by: 'month' }),
        total: reader.stats({ source: 'm*', since: 1_000 }, { by: 'project' }).total,
      };
      reader.close();
      return rounded(read);
    };
    const before = figures();
    const db = openDatabase(file, { readonly: false });
    const { changes } = db
      .prepare(`
        UPDATE captured_requests SET run = (SELECT max(n) FROM runs)
        WHERE n IN (SELECT max(n) FROM captured_requests GROUP BY session)`)
      .run();
    db.close();
    expect(changes).toBeGreaterThan(2);
    expect(figures()).toEqual(before);
  });

  it('has the same figures by whatever stored requests are grouped', () => {
    const { file, store } = startedStore();
    loadHistory(store, makeHistory({ seed: 7, requests: 250, days: 3, scale: 0.02 }));
    const before = openReader(file);
    const [middle] = before.page({}, { limit: 1, offset: 150 });
    before.close();
    expect(finish(store.retention.prune(olderThanOnly(middle?.timestamp.getTime() ?? 0)))).toBeGreaterThan(50);
    const reader = openReader(file);
    const half = reader.page({}, { limit: 30 }).at(-1)?.timestamp.getTime();
    for (const filter of [{}, { since: half }, { until: half }, { project: '/home/ada/*' }, { source: 'mcp:*' }]) {
      // Purposes are read from the requests, projects of whole sessions from the aggregates.
      const [requests, sums] = (['purpose', 'project'] as const).map((by) => reader.stats(filter, { by }).total);
      expect(rounded(sums)).toEqual(rounded(requests));
      expect(sums?.requests).toBeGreaterThan(10);
    }
    expect(reader.stats({}, { by: 'project' }).total.requests).toBe(reader.count());
    reader.close();
    store.close();
  });

  it('says how many requests its figures leave out since retention removed them', () => {
    const { file, store } = startedStore();
    loadHistory(store, makeHistory({ seed: 5, requests: 60, days: 2, scale: 0.02 }));
    const before = openReader(file);
    const { requests } = before.stats({}, { by: 'model' }).total;
    before.close();
    const removed = finish(store.retention.prune(keepDays(1)));
    expect(removed).toBeGreaterThan(10);
    const reader = openReader(file);
    const stats = reader.stats({}, { by: 'project' });
    expect(stats.removedRequests).toBe(requests - stats.total.requests);
    expect(stats.removedRequests).toBeGreaterThan(10);
    expect(reader.stats({}, { by: 'month' }).total.requests).toBe(requests);
    reader.close();
    store.close();
  });

  it('says how many removed requests of the hours that a period cuts may belong to it', () => {
    const hour = Date.UTC(2026, 0, 5, 10);
    const { file, store } = startedStore();
    const run = aRun();
    store.beginRun(run);
    const at = (minute: number) => hour + minute * 60_000;
    for (const minute of [5, 20, 40, 70, 125]) {
      const { timestamps, ...request } = aRequest(run.id);
      const sent = { ...request, timestamps: { ...timestamps, initiated: at(minute) } };
      store.saveRequest(sent);
      store.saveResponse(aResponse(sent), anAttribution([]));
    }
    expect(finish(store.retention.prune(olderThanOnly(at(30))))).toBe(2);
    const reader = openReader(file);
    const read = (since: number | undefined, until?: number, by: StatsKey = 'model') => {
      const { total, removedRequests, removedAtEnds } = reader.stats({ since, until }, { by });
      return [total.requests, removedRequests, removedAtEnds];
    };
    expect(read(at(0), at(120))).toEqual([4, 0, 0]);
    expect(read(at(10), at(120))).toEqual([2, 0, 2]);
    expect(read(at(10), at(45))).toEqual([1, 0, 2]);
    expect(read(undefined, at(45))).toEqual([1, 0, 2]);
    expect(read(at(60))).toEqual([2, 0, 0]);
    expect(read(at(90))).toEqual([1, 0, 0]);
    expect(read(at(10), undefined, 'purpose')).toEqual([3, 0, 2]);
    expect(read(at(0), undefined, 'purpose')).toEqual([3, 2, 0]);
    expect(reader.stats({ since: at(10), project: '*' }, { by: 'model' }).removedAtEnds).toBeNull();
    reader.close();
    store.close();
  });
});

/** Sums of the same dollars in different orders differ in their last digits. */
function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, each) => (typeof each === 'number' ? Number(each.toPrecision(9)) : each)),
  );
}
