import { copyFile, rm } from 'node:fs/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ATTRIBUTION_VERSION } from '../../src/attribution/index.js';
import { reattribute } from '../../src/history/reattribute.js';
import { openDatabase, openReader, openStore } from '../../src/store/index.js';
import { attributedRows } from '../store/support/attributed-rows.js';
import { anAttribution, aRequest, aResponse, aRun, aShare } from '../store/support/records.js';
import { notices } from '../support/product.js';
import { tracedDemo } from '../support/traced-demo.js';

const demo = tracedDemo();
const { printed } = demo;
let untouched: string;

beforeAll(async () => {
  untouched = `${demo.sandbox.root}/untouched.db`;
  openStore(demo.sandbox.database).close(); // moves the log into the file
  await copyFile(demo.sandbox.database, untouched);
});

beforeEach(async () => {
  const { database } = demo.sandbox;
  for (const suffix of ['-wal', '-shm']) await rm(`${database}${suffix}`, { force: true });
  await copyFile(untouched, database);
});

const asked = async (...args: string[]) => JSON.parse(await printed(...args, '--json'));
const last = () => demo.requests.at(-1)?.row.id ?? '';
/** The first of the main thread. */
const opening = () => demo.requests.at(-1)?.row.threadId ?? '';

describe('show', () => {
  it('tells the purpose of a request and its place in its thread', async () => {
    const text = await printed('show', last());
    expect(text).toMatch(/^purpose +main$/m);
    expect(text).toMatch(/^thread +extends req_/m);
    expect(await printed('show', opening())).toMatch(/^thread +opens one$/m);
  });

  it('--segments prints a line for each, with tokens and how they are known, and its text', async () => {
    const text = await printed('show', last(), '--segments', '--source', 'skill:*');
    expect(text).toMatch(
      /^── skill:changelog body {2}\d+ tokens, (exact|shared|scaled): \d+ cached.* {2}<?\$0\.\d{4} {2}\/messages\//m,
    );
    expect(text).toContain('# Writing a changelog entry');
    expect(text).not.toContain('── mcp:');
  });

  it('--json gives the segments as they were attributed, and those of one source when asked', async () => {
    const { segments, solution } = await asked('show', last());
    const detail = demo.requests.at(-1)?.detail;
    const tokens = (list: { tokens: number }[]) => list.reduce((sum, each) => sum + each.tokens, 0);
    expect(tokens(segments)).toBe(detail?.tokens.input);
    expect(segments[1]).toMatchObject({ known: expect.any(String), unread: null, cache: expect.any(Object) });
    for (const { source, tokens: sum } of detail?.sources ?? []) {
      expect(tokens(segments.filter((each: { source: string }) => each.source === source))).toBe(sum);
    }
    expect(solution).toBeUndefined();
    const some = await asked('show', last(), '--source', 'mcp:*');
    expect(new Set(some.segments.map(({ source }: { source: string }) => source.split(':')[0]))).toEqual(
      new Set(['mcp']),
    );
  });

  it('--source without segments to choose from is a mistake', async () => {
    expect(await demo.sandbox.run(['show', last(), '--source', 'mcp:*'])).toMatchObject({ exitCode: 2 });
  });

  it('says in one line that another version attributed the request', async () => {
    makeOutdated();
    const ended = await demo.sandbox.run(['show', last(), '--segments']);
    expect(ended.exitCode).toBe(0);
    expect(notices(ended)).toEqual([expect.stringMatching(/attributed by an older version.*claude-trace reattribute/)]);
  });
});

describe('a request whose stored solution is damaged', () => {
  beforeEach(() => {
    const db = openDatabase(demo.sandbox.database, { readonly: false });
    db.prepare('UPDATE captured_responses SET solution = 999999999').run();
    db.close();
  });

  it('is shown all the same, and compared, with one line that says so', async () => {
    for (const args of [
      ['show', last()],
      ['show', last(), '--json'],
      ['diff', opening(), last()],
    ]) {
      const ended = await demo.sandbox.run(args);
      expect(ended.exitCode).toBe(0);
      const line = expect.stringMatching(
        /^the stored solution of req_\w+ cannot be read: its segments are estimates\.$/,
      );
      expect(notices(ended)).toEqual(args[0] === 'diff' ? [line, line] : [line]);
    }
  });

  it('gives its bodies, whose damage is their own', async () => {
    const db = openDatabase(demo.sandbox.database, { readonly: false });
    db.prepare('UPDATE captured_requests SET headers = 999999999').run();
    db.close();
    expect(JSON.parse(await printed('show', last(), '--request-body')).messages).toBeDefined();
    expect(await printed('show', last(), '--response-body')).toContain('message_stop');
  });
});

describe('diff', () => {
  it('with one id compares with the request before it in the thread', async () => {
    const diff = await asked('diff', last());
    expect(diff).toMatchObject({ from: { id: expect.any(String) }, to: { id: last() }, continuation: 'extends' });
    expect(diff.from.id).toBe(demo.requests.at(-1)?.row.previousId);
    expect(diff.changes.every((change: { at_end: boolean }) => change.at_end)).toBe(true);
    expect(diff.changes[0].after).toMatchObject({ source: expect.any(String), text: expect.any(String) });
    expect(await printed('diff', 'last')).toContain('Nothing changed before the end.');
  });

  it('with two ids compares these: a subagent has other tools than the main thread', async () => {
    const agent = demo.requests.find(({ row }) => row.purpose === 'subagent')?.row.id ?? '';
    const diff = await asked('diff', opening(), agent);
    expect(diff).toMatchObject({ from: { id: opening() }, to: { id: agent }, continuation: null, cache_miss: null });
    const serena = diff.sources.find(({ source }: { source: string }) => source === 'mcp:serena');
    expect(serena).toMatchObject({ added_tokens: 0, end_tokens: 0 });
    expect(serena.removed_tokens).toBeGreaterThan(0);
    expect(serena.cost_usd).toBeLessThan(0);
    expect(await printed('diff', opening(), agent)).toMatch(/^removed mcp:serena definition \(mcp__serena__/m);
  });

  it('with the first request of a thread says that there is nothing before it', async () => {
    const ended = await demo.sandbox.run(['diff', opening()]);
    expect(ended.exitCode).toBe(1);
    expect(notices(ended)).toEqual([expect.stringContaining('first request of its thread')]);
  });

  it('with a request whose previous one was pruned says that it is no longer stored', async () => {
    const db = openDatabase(demo.sandbox.database, { readonly: false });
    db.prepare('DELETE FROM captured_requests WHERE id = ?').run(demo.requests.at(-1)?.row.previousId);
    db.close();
    expect(notices(await demo.sandbox.run(['diff', last()]))).toEqual([
      `The request before ${last()} is no longer stored: give two ids to compare it with another request.`,
    ]);
  });

  it('with a request that carries no context says so', async () => {
    const telemetry = demo.sandbox.stored().find(({ row }) => row.kind === 'telemetry')?.row.id ?? '';
    expect(notices(await demo.sandbox.run(['diff', telemetry]))).toEqual([
      expect.stringContaining('kind is telemetry'),
    ]);
  });
});

describe('suggest', () => {
  it('sums what each source cost, what of it was idle, and how far it came', async () => {
    const { requests: count, input_tokens, sources, tools } = await asked('suggest');
    expect(count).toBe(demo.requests.length);
    expect(input_tokens).toBe(demo.requests.reduce((sum, { row }) => sum + (row.tokens.input ?? 0), 0));
    const find = (wanted: string) => sources.find(({ source }: { source: string }) => source === wanted);
    const serena = demo.requests.flatMap(({ row }) => row.sources.filter(({ source }) => source === 'mcp:serena'));
    expect(find('mcp:serena')).toMatchObject({
      requests: serena.length,
      sessions: 1,
      tokens: serena.reduce((sum, { tokens }) => sum + tokens, 0),
      funnel: { listed: serena.length, called: 1 },
    });
    expect(find('mcp:serena').idle_tokens).toBeLessThan(find('mcp:serena').tokens);
    expect(find('mcp:tickets').funnel.called).toBe(0);
    expect(find('skill:changelog').funnel).toMatchObject({ called: 1 });
    expect(tools).toContainEqual(expect.objectContaining({ tool: 'mcp__serena__find_symbol', called: 1 }));
    expect(tools).toContainEqual(expect.objectContaining({ tool: 'mcp__tickets__read', called: 0 }));
  });

  it('prints what was paid for and never called', async () => {
    const text = await printed('suggest', '--session', demo.requests[0]?.row.sessionId ?? '');
    expect(text).toMatch(/^mcp:tickets .* never$/m);
    expect(text).toMatch(/^mcp__tickets__read .* never$/m);
    expect(text).toMatch(/^Nothing to drop: .*framework:system/m);
    expect(await printed('suggest', '--until', '2000-01-01')).toBe('No request matches.\n');
    expect(notices(await demo.sandbox.run(['suggest', '--session', 'unknown']))).toEqual([
      'No session with the id or name "unknown".',
    ]);
  });

  it('refuses a value that is not a time', async () => {
    expect(await demo.sandbox.run(['suggest', '--since', 'once'])).toMatchObject({ exitCode: 2 });
  });
});

describe('reattribute', () => {
  it('leaves what is of this version alone', async () => {
    expect(await asked('reattribute')).toEqual({
      attributed: 0,
      left_alone: demo.requests.length,
      severed: 0,
      failed: 0,
      cost_before_usd: null,
      cost_after_usd: null,
      sources: [],
    });
    expect(await printed('reattribute')).toBe(`0 requests attributed again, ${demo.requests.length} skipped.\n`);
  });

  it('says of stored exchanges what was said of them while they were traced: shares, places, costs, aggregates', async () => {
    const live = attributedRows(demo.sandbox.database);
    makeOutdated();
    expect(attributedRows(demo.sandbox.database)).not.toEqual(live);
    const result = await asked('reattribute');
    expect(result).toMatchObject({ attributed: demo.requests.length, left_alone: 0, failed: 0 });
    expect(result.cost_after_usd).toBeCloseTo(
      demo.requests.reduce((sum, { row }) => sum + (row.costUsd ?? 0), 0),
      9,
    );
    expect(attributedRows(demo.sandbox.database)).toEqual(live);
    for (const { row, detail } of demo.sandbox.stored().filter(({ row }) => row.kind === 'messages')) {
      const before = demo.requests.find((each) => each.row.id === row.id);
      expect([row.id, detail.solution, detail.thread]).toEqual([
        row.id,
        before?.detail.solution,
        before?.detail.thread,
      ]);
    }
    await asked('reattribute', '--all');
    expect(attributedRows(demo.sandbox.database)).toEqual(live);
  });

  it('reports what changed, by source', async () => {
    makeOutdated();
    const { sources } = await asked('reattribute');
    const find = (name: string) => sources.find(({ source }: { source: string }) => source === name);
    expect(find('unknown')).toMatchObject({
      requests: demo.requests.length,
      tokens_before: 7 * demo.requests.length,
      tokens_after: 0,
      cost_after_usd: null,
    });
    const whole = demo.requests.flatMap(({ row }) => row.sources.filter(({ source }) => source === 'mcp:serena'));
    expect(find('mcp:serena')).toMatchObject({
      tokens_before: 3 * demo.requests.length,
      tokens_after: whole.reduce((sum, { tokens }) => sum + tokens, 0),
      cost_after_usd: expect.closeTo(
        whole.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0),
        9,
      ),
    });
    makeOutdated();
    expect(await printed('reattribute')).toMatch(/^unknown +\d+ +\d+ +0 +−\d+/m);
    expect(await printed('reattribute', '--all')).toContain('The tokens and the cost of all sources are as before.');
  });

  it('leaves a session alone of which the beginning is no longer stored, and says so', async () => {
    const db = openDatabase(demo.sandbox.database, { readonly: false });
    const { changes } = db.prepare('DELETE FROM captured_requests WHERE id = ?').run(opening());
    db.close();
    const before = attributedRows(demo.sandbox.database);
    const left = demo.requests.length - changes;
    expect(await printed('reattribute', '--all')).toBe(
      `0 requests attributed again, ${left} skipped (${left} because earlier requests of their sessions are no longer stored).\n`,
    );
    expect(await asked('reattribute', '--all')).toMatchObject({ left_alone: left, severed: left });
    expect(attributedRows(demo.sandbox.database)).toEqual(before);
  });

  it('leaves the rest of a session alone when retention frees some of it meanwhile', async () => {
    const [reader, store] = [openReader(demo.sandbox.database), openStore(demo.sandbox.database)];
    const plan = reader.replay({ version: ATTRIBUTION_VERSION, all: true });
    const freed = plan.sessions[0]?.[0] ?? '';
    const db = openDatabase(demo.sandbox.database, { readonly: false });
    db.prepare('DELETE FROM captured_requests WHERE id = ?').run(freed);
    db.close();
    const before = attributedRows(demo.sandbox.database);
    const left = demo.requests.filter(({ row }) => row.id !== freed).length;
    const result = await reattribute(reader, store, plan, { prices: {}, onFailure() {} });
    reader.close();
    store.close();
    expect(result).toMatchObject({ attributed: 0, leftAlone: left, severed: left });
    expect(attributedRows(demo.sandbox.database)).toEqual(before);
  });

  it('that was ended in the middle is taken up by starting again', async () => {
    const live = attributedRows(demo.sandbox.database);
    makeOutdated();
    const reader = openReader(demo.sandbox.database);
    const store = openStore(demo.sandbox.database);
    const plan = reader.replay({ version: ATTRIBUTION_VERSION });
    const endAfterThree = (done: number) => {
      if (done === 3) throw new Error('ended');
    };
    const options = { prices: {}, onFailure() {}, onProgress: endAfterThree };
    await expect(reattribute(reader, store, plan, options)).rejects.toThrow('ended');
    reader.close();
    store.close();
    expect(attributedRows(demo.sandbox.database)).not.toEqual(live);
    await asked('reattribute');
    expect(attributedRows(demo.sandbox.database)).toEqual(live);
  });

  it('lets others write meanwhile, and counts what they wrote', async () => {
    makeOutdated();
    const [reader, store, other] = [
      openReader(demo.sandbox.database),
      openStore(demo.sandbox.database),
      openStore(demo.sandbox.database),
    ];
    const run = aRun();
    other.beginRun(run);
    const plan = reader.replay({ version: ATTRIBUTION_VERSION });
    const write = () => {
      const request = aRequest(run.id);
      other.saveRequest(request);
      other.saveResponse(aResponse(request), anAttribution([aShare('skill:meanwhile', 5)]));
    };
    const result = await reattribute(reader, store, plan, { prices: {}, onFailure() {}, onProgress: write });
    expect(result).toMatchObject({ attributed: demo.requests.length, failed: 0 });
    for (const each of [reader, store, other]) each.close();
    expect(attributedRows(demo.sandbox.database).sources).toContainEqual(
      expect.objectContaining({ source: 'skill:meanwhile', usage_count: plan.sessions.flat().length }),
    );
  });

  it('leaves a request alone whose body is damaged, and says so', async () => {
    makeOutdated();
    const db = openDatabase(demo.sandbox.database, { readonly: false });
    const ofLast = 'request = (SELECT n FROM captured_requests WHERE id = ?)';
    db.prepare(`UPDATE captured_bodies SET sha256 = zeroblob(32) WHERE side = 0 AND ${ofLast}`).run(last());
    db.close();
    expect(await asked('reattribute')).toMatchObject({ attributed: demo.requests.length - 1, failed: 1 });
  });
});

/** As if another version had said something else about every request. */
function makeOutdated(): void {
  const store = openStore(demo.sandbox.database);
  for (const { row } of demo.requests) {
    store.replaceAttribution(
      `req_${row.correlationId}`,
      anAttribution([aShare('unknown', 7), aShare('mcp:serena', 3, { part: 'call' })], { version: 0 }),
    );
  }
  store.settleSources();
  store.close();
}
