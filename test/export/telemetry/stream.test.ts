import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTelemetryStream, type TelemetryStream } from '../../../src/export/telemetry/stream.js';
import { openDatabase, openReader, openStore, type Store } from '../../../src/store/index.js';
import { runScript } from '../../store/support/child.js';
import { aCall, aDelivery, answered } from '../../store/support/mcp-records.js';
import { playedMcp } from '../../store/support/played-mcp.js';
import { aBody, anAttribution, aRequest, aResponse, aRun, aShare } from '../../store/support/records.js';
import { arbitraryHistory, storedHistory } from '../../store/support/some-history.js';
import { startedStore } from '../../store/support/started-store.js';
import { type Collector, partialSuccess, type ReceivedPoint, startCollector } from '../support/collector.js';

const NEVER = new AbortController().signal;

/** A stream as a run has it, with connections of its own. */
function streamTo(file: string, endpoint: string, since = 0) {
  const store = openStore(file);
  const reader = openReader(file);
  const losses: string[] = [];
  onTestFinished(() => {
    reader.close();
    store.close();
  });
  const stream = createTelemetryStream({
    endpoint,
    withContent: false,
    attributes: { team: 'core' },
    since,
    ask: (question) => question(reader),
    write: (work) => work(store),
    onLoss: (_code, message) => losses.push(message),
  });
  return { ...stream, losses, store, reader };
}

async function sendAll({ turn }: TelemetryStream): Promise<void> {
  for (;;) {
    const { type } = await turn(NEVER);
    if (type === 'idle') return;
    if (type !== 'sent') throw new Error(type);
  }
}

function exchange(store: Store, runId: Parameters<typeof aRequest>[0], values: Parameters<typeof aRequest>[1] = {}) {
  const request = aRequest(runId, values);
  store.saveRequest(request);
  store.saveResponse(aResponse(request), anAttribution([aShare('user', 100), aShare('mcp:serena', 900)]));
  return request;
}

/** The last value of each series, by name and one of its attributes. */
function lastOf(points: readonly ReceivedPoint[], name: string, attribute?: string): Record<string, number> {
  const series = new Map<string, ReceivedPoint>();
  for (const point of points.filter((each) => each.name === name)) {
    series.set(JSON.stringify([point.attributes, point.resource]), point);
  }
  const sums: Record<string, number> = {};
  for (const { attributes, value } of series.values()) {
    const key = attribute === undefined ? 'all' : String(attributes[attribute]);
    sums[key] = (sums[key] ?? 0) + value;
  }
  return sums;
}

const requestsOf = (collector: Collector) => collector.points().filter(({ name }) => name === 'claude_trace.requests');

const idsOf = (collector: Collector) => collector.spans().map(({ spanId }) => spanId);

describe('what is committed', () => {
  it('is sent as spans and cumulative metrics, with user, host and project', async () => {
    const { file, store, run } = startedStore();
    const collector = await startCollector();
    const stream = streamTo(file, collector.url);
    exchange(store, run.id);
    exchange(store, run.id);
    await sendAll(stream);
    expect(collector.requests.map(({ path }) => path)).toEqual(['/v1/metrics', '/v1/metrics', '/v1/traces']);
    expect(collector.spans()).toHaveLength(2);
    const [span] = collector.spans();
    expect(span).toMatchObject({
      name: 'chat claude-test',
      resource: {
        'service.name': 'claude-code',
        'host.name': expect.any(String),
        'user.name': expect.any(String),
        'claude_trace.project': '/project',
        'service.instance.id': expect.stringMatching(/^[0-9a-f]{16}$/),
        team: 'core',
      },
    });
    const points = collector.points();
    expect(points.every(({ isCumulative }) => isCumulative)).toBe(true);
    expect(points[0]?.resource).toEqual(span?.resource);
    const requests = points.filter(({ name }) => name === 'claude_trace.requests');
    // A new series begins with 0, in a request of its own.
    expect(requests.map(({ value }) => value)).toEqual([0, 2]);
    expect(requests[0]?.time).toBeLessThan(requests[1]?.time ?? 0);

    exchange(store, run.id);
    await sendAll(stream);
    const later = collector.points().filter(({ name }) => name === 'claude_trace.requests');
    expect(later.map(({ value }) => value)).toEqual([0, 2, 3]);
    expect(new Set(later.map(({ start }) => start)).size).toBe(1);
    const tokens = lastOf(collector.points(), 'claude_trace.tokens', 'claude_trace.token.type');
    expect(tokens).toEqual({ uncached: 30, cache_read: 2_700, cache_write_5m: 180, cache_write_1h: 90, output: 126 });
    const usage = collector.points().filter(({ name }) => name === 'gen_ai.client.token.usage');
    expect(usage.at(-1)).toMatchObject({ count: 3 });
    expect(usage.at(-1)?.counts?.reduce((sum, each) => sum + each)).toBe(3);
  });

  it('has the figures of stats', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryHistory, async (history) => {
        const file = storedHistory(history);
        const collector = await startCollector();
        const stream = streamTo(file, collector.url);
        await sendAll(stream);
        const points = collector.points();
        const period = {};
        const { total, rows } = stream.reader.stats(period, { by: 'model' });
        const sources = stream.reader.stats(period, { by: 'source' }).rows;
        const byModel = (name: string) => lastOf(points, name, 'gen_ai.request.model');
        for (const { key, requests, costUsd, outputTokens } of rows) {
          expect(byModel('claude_trace.requests')[key ?? '']).toBe(requests);
          expect(byModel('claude_trace.cost_usd')[key ?? ''] ?? 0).toBeCloseTo(costUsd ?? 0, 9);
          const output = points.filter(({ attributes }) => attributes['claude_trace.token.type'] === 'output');
          expect(lastOf(output, 'claude_trace.tokens', 'gen_ai.request.model')[key ?? ''] ?? 0).toBe(outputTokens);
        }
        const types = lastOf(points, 'claude_trace.tokens', 'claude_trace.token.type');
        const { output: _output, ...input } = types;
        expect(Object.values(input).reduce((sum, each) => sum + each, 0)).toBe(total.inputTokens);
        expect(types.cache_read ?? 0).toBe(total.cacheReadTokens);
        expect(lastOf(points, 'claude_trace.cache_miss.lost_tokens').all ?? 0).toBe(total.lostTokens);
        expect(lastOf(points, 'claude_trace.cache_miss.lost_usd').all ?? 0).toBeCloseTo(total.lostUsd ?? 0, 9);
        for (const { key, inputTokens, costUsd } of sources) {
          expect(lastOf(points, 'claude_trace.source.tokens', 'claude_trace.source')[key ?? ''] ?? 0).toBe(inputTokens);
          const costs = lastOf(points, 'claude_trace.source.cost_usd', 'claude_trace.source');
          expect(costs[key ?? ''] ?? 0).toBeCloseTo(costUsd ?? 0, 9);
        }
      }),
      { numRuns: 3 },
    );
  });
});

describe('a trace', () => {
  it('has the request, its tool call beneath it, and the call of the MCP server beneath that', async () => {
    const { file, store } = startedStore();
    const { run, connect } = playedMcp(store);
    const sessionId = 'f0b1c2d3-0000-4000-8000-000000000001';
    const use = { type: 'tool_use', id: 'toolu_1', name: 'mcp__serena__find', input: {} };
    const calling = aRequest(run.id, { sessionId });
    store.saveRequest(calling);
    store.saveResponse(aResponse(calling), anAttribution([aShare('user', 100)]));
    const connection = connect({ sessionId });
    const { call, writes } = aCall(connection, { toolUseId: 'toolu_1' });
    store.saveMcp([...writes, ...answered(call, 80, '{"id":1,"result":{"content":[]}}').writes]);
    const messages = [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: [use] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'zorblax' }] },
    ];
    const carrying = aRequest(run.id, { sessionId, body: aBody(JSON.stringify({ model: 'claude-test', messages })) });
    store.saveRequest(carrying);
    const place = { ...anAttribution([]).place, threadId: calling.id, previousId: calling.id };
    store.saveResponse(aResponse(carrying), anAttribution([aShare('user', 100)], { place }));
    store.saveMcp([{ type: 'delivery', delivery: aDelivery('toolu_1', carrying.correlationId, { tokensGot: 7 }) }]);

    const collector = await startCollector();
    await sendAll(streamTo(file, collector.url));
    const spans = new Map(collector.spans().map((span) => [span.name, span]));
    const [chat, tool, mcp] = ['chat claude-test', 'execute_tool mcp__serena__find', 'tools/call find'].map((name) =>
      spans.get(name),
    );
    expect(collector.spans()).toHaveLength(4);
    expect(mcp).toMatchObject({ traceId: tool?.traceId, parentSpanId: tool?.spanId });
    expect(tool?.traceId).toBe(chat?.traceId);
    const parents = collector.spans().map(({ spanId }) => spanId);
    expect(parents).toContain(tool?.parentSpanId);
    expect(collector.spans().find(({ spanId }) => spanId === tool?.parentSpanId)?.name).toBe('chat claude-test');
    expect(JSON.stringify(collector.spans())).not.toContain('zorblax');

    const duration = collector.points().filter(({ name }) => name === 'mcp.client.operation.duration');
    expect(duration.at(-1)).toMatchObject({
      value: 0.08,
      count: 1,
      attributes: { 'mcp.method.name': 'tools/call', 'gen_ai.tool.name': 'find', 'claude_trace.mcp.server': 'serena' },
    });
    expect(lastOf(collector.points(), 'claude_trace.mcp.result.tokens', 'claude_trace.mcp.server')).toEqual({
      serena: 7,
    });
  });

  it('has an altered call as a span only', async () => {
    const { file, store } = startedStore();
    const { connect, play } = playedMcp(store);
    play(connect(), 'serena', { name: 'find', result: { content: [] }, values: { altered: true } });
    const collector = await startCollector();
    await sendAll(streamTo(file, collector.url));
    expect(collector.spans().map(({ attributes }) => attributes['claude_trace.mcp.altered'])).toEqual([true]);
    expect(collector.points()).toEqual([]);
  });

  it('has a request that was believed interrupted only once, with its bill', async () => {
    const { file, store } = startedStore();
    const dead = aRun({ pid: 2 ** 22 + 1 });
    store.beginRun(dead);
    const request = aRequest(dead.id);
    store.saveRequest(request);
    const collector = await startCollector();
    const stream = streamTo(file, collector.url);
    expect(store.markInterrupted()).toBe(1);
    await sendAll(stream);
    store.saveResponse(aResponse(request), anAttribution([aShare('user', 1_000)]));
    await sendAll(stream);
    expect(new Set(idsOf(collector)).size).toBe(1);
    expect(lastOf(collector.points(), 'claude_trace.requests', 'claude_trace.state')).toEqual({ interrupted: 1 });
    expect(lastOf(collector.points(), 'claude_trace.source.tokens')).toEqual({ all: 1_000 });
  });
});

describe('nothing is sent twice, and nothing is lost', () => {
  it('over an outage', async () => {
    const { file, store, run } = startedStore();
    const collector = await startCollector();
    collector.answer(() => ({ status: 503 }));
    const stream = streamTo(file, collector.url);
    exchange(store, run.id);
    expect(await stream.turn(NEVER)).toEqual({ type: 'failed', reason: 'it answered 503 Service Unavailable' });
    // Another process waits as well.
    expect(await streamTo(file, collector.url).turn(NEVER)).toEqual({ type: 'waiting' });
    exchange(store, run.id);
    expect(stream.reader.telemetry()).toMatchObject({ unsent: 2, error: 'it answered 503 Service Unavailable' });
    collector.answer(() => ({ status: 200 }));
    await waitIsOver(stream);
    await sendAll(stream);
    expect(new Set(idsOf(collector)).size).toBe(2);
    expect(idsOf(collector)).toHaveLength(2);
    expect(lastOf(collector.points(), 'claude_trace.requests')).toEqual({ all: 2 });
    expect(stream.reader.telemetry()).toMatchObject({ unsent: 0, error: null, failingSince: null });
    expect(stream.losses).toEqual([]);
  });

  it.each([
    ['1800', 1_800_000],
    [new Date(Date.now() + 1_800_000).toUTCString(), 1_800_000],
    // Nobody waits for longer than an hour.
    ['100000', 3_600_000],
  ])('by a collector that names a time: %s', async (retryAfter, waitMs) => {
    const { file, store, run } = startedStore();
    const collector = await startCollector([{ status: 429, headers: { 'retry-after': retryAfter } }]);
    const stream = streamTo(file, collector.url);
    exchange(store, run.id);
    await stream.turn(NEVER);
    const wait = (stream.reader.telemetry()?.until.getTime() ?? 0) - Date.now();
    expect(Math.abs(wait - waitMs)).toBeLessThan(60_000);
  });

  it('when the metrics were taken, and the spans were not', async () => {
    const { file, store, run } = startedStore();
    const collector = await startCollector([{ status: 200 }, { status: 200 }, { status: 502 }]);
    const stream = streamTo(file, collector.url);
    exchange(store, run.id);
    expect(await stream.turn(NEVER)).toMatchObject({ type: 'failed' });
    await waitIsOver(stream);
    await sendAll(stream);
    expect(idsOf(collector)).toHaveLength(1);
    expect(lastOf(collector.points(), 'claude_trace.requests')).toEqual({ all: 1 });
    // A series that began again would count twice.
    expect(requestsOf(collector).map(({ value }) => value)).toEqual([0, 1]);
    exchange(store, run.id);
    await sendAll(stream);
    expect(requestsOf(collector).map(({ value }) => value)).toEqual([0, 1, 2]);
    expect(new Set(requestsOf(collector).map(({ start }) => start)).size).toBe(1);
  });

  it('by a process that is killed when its metrics were taken, and its spans were not', async () => {
    const { file, store, run } = startedStore();
    const collector = await startCollector();
    exchange(store, run.id);
    collector.answer((path) => ({
      status: path === '/v1/traces' ? 503 : 200,
      delayMs: path === '/v1/traces' ? 60_000 : 0,
    }));
    const killed = runScript('../../export/support/send-a-turn.ts', [file, collector.url]);
    await expect.poll(() => collector.requests.at(-1)?.path).toBe('/v1/traces');
    killed.process.kill('SIGKILL');
    await killed.ended();
    collector.answer(() => ({ status: 200 }));
    exchange(store, run.id);
    const next = streamTo(file, collector.url);
    expect(await next.turn(NEVER)).toEqual({ type: 'waiting' });
    await waitIsOver(next);
    await sendAll(next);
    expect(idsOf(collector)).toHaveLength(2);
    expect(requestsOf(collector).map(({ value }) => value)).toEqual([0, 1, 2]);
    expect(new Set(requestsOf(collector).map(({ start }) => start)).size).toBe(1);
  });

  it('by a process that slept through its turn', async () => {
    const { file, store, run } = startedStore();
    const collector = await startCollector();
    exchange(store, run.id);
    const position = store.telemetry.take('sleeper', Date.now(), -1, 0) ?? 0;
    await sendAll(streamTo(file, collector.url));
    expect(store.telemetry.begin('sleeper', new Map(), Date.now())).toBe(false);
    expect(store.telemetry.advance('sleeper', position, new Map(), Date.now())).toBe(false);
    expect(store.telemetry.take('other', Date.now() + 1, 1, 0)).toBeGreaterThan(position);
  });

  it.each([
    // Whatever came twice says the same, and no series begins after it has counted.
    { unanswered: 1, taken: [0, 0, 1] },
    { unanswered: 2, taken: [0, 1, 1] },
    { unanswered: 3, taken: [0, 1, 1] },
  ])('by a collector that takes request $unanswered, and answers too late', async ({ unanswered, taken }) => {
    const { file, store, run } = startedStore();
    const collector = await startCollector();
    const late = new AbortController();
    collector.answer(() => {
      if (collector.requests.length < unanswered - 1) return { status: 200 };
      setTimeout(() => late.abort(), 30);
      return { status: 200, delayMs: 300 };
    });
    exchange(store, run.id);
    expect(await streamTo(file, collector.url).turn(late.signal)).toMatchObject({ type: 'failed' });
    collector.answer(() => ({ status: 200 }));
    // Another process goes on.
    const stream = streamTo(file, collector.url);
    await waitIsOver(stream);
    await sendAll(stream);
    expect(requestsOf(collector).map(({ value }) => value)).toEqual(taken);
    expect(new Set(requestsOf(collector).map(({ start, value }) => value > 0 && start)).size).toBe(2);
    expect(new Set(idsOf(collector)).size).toBe(1);
  });

  it('by two runs at once', async () => {
    const { file, store, run } = startedStore();
    const collector = await startCollector();
    const streams = [streamTo(file, collector.url), streamTo(file, collector.url)];
    for (let n = 0; n < 210; n++) exchange(store, run.id);
    while (streams[0]?.reader.telemetry()?.isBehind !== false) {
      await Promise.all(streams.map(({ turn }) => turn(NEVER)));
    }
    expect(idsOf(collector)).toHaveLength(210);
    expect(new Set(idsOf(collector)).size).toBe(210);
    expect(lastOf(collector.points(), 'claude_trace.requests')).toEqual({ all: 210 });
  });

  it('from the beginning of the first run on', async () => {
    const { file, store, run } = startedStore();
    const collector = await startCollector();
    exchange(store, run.id);
    await tick();
    const stream = streamTo(file, collector.url, Date.now());
    await tick();
    const sent = exchange(store, run.id);
    await sendAll(stream);
    expect(collector.spans().map(({ attributes }) => attributes['claude_trace.request.id'])).toEqual([sent.id]);
  });

  it('while changes are kept, which are more during an outage', async () => {
    const { file, store, run } = startedStore();
    const collector = await startCollector([{ status: 503 }]);
    const stream = streamTo(file, collector.url);
    exchange(store, run.id);
    await stream.turn(NEVER);
    store.close();
    const db = openDatabase(file, { readonly: false });
    // As if 12,000 requests had begun.
    db.exec(`
      WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 12000)
      INSERT INTO changes (n, at, type, request_id) SELECT (SELECT max(n) FROM changes) + i.n, 0, 'request.started', 'req_' || i.n FROM i`);
    db.close();
    for (let n = 0; n < 260; n++) exchange(stream.store, run.id);
    await waitIsOver(stream);
    await sendAll(stream);
    expect(stream.losses).toEqual([]);
    expect(idsOf(collector)).toHaveLength(261);
    expect(stream.reader.keptChanges().last - stream.reader.keptChanges().first).toBeGreaterThan(12_000);
  });
});

describe('a collector', () => {
  it('that refuses a request gets the others', async () => {
    const { file, store, run } = startedStore();
    const collector = await startCollector();
    const requests = [1, 2, 3].map(() => exchange(store, run.id));
    const refused = requests[1];
    collector.answer((path, spans) => {
      const isRefused = spans.some(({ attributes }) => attributes['claude_trace.request.id'] === refused?.id);
      return path === '/v1/traces' && isRefused ? { status: 413 } : { status: 200 };
    });
    const stream = streamTo(file, collector.url);
    await sendAll(stream);
    const sent = collector.spans().map(({ attributes }) => attributes['claude_trace.request.id']);
    expect(sent).toEqual([requests[0]?.id, requests[2]?.id]);
    expect(stream.losses).toEqual([`${collector.url} refused some spans: it answered 413 Payload Too Large.`]);
    expect(lastOf(collector.points(), 'claude_trace.requests')).toEqual({ all: 3 });
    // Smaller totals would look like a restart.
    expect(requestsOf(collector).map(({ value }) => value)).toEqual([0, 3]);
    exchange(store, run.id);
    await sendAll(stream);
    expect(requestsOf(collector).map(({ value }) => value)).toEqual([0, 3, 4]);
    expect(new Set(requestsOf(collector).map(({ start }) => start)).size).toBe(1);
  });

  it.each([
    ['metrics', '/v1/metrics'],
    ['spans', '/v1/traces'],
  ])('that accepts no %s gets the rest', async (what, path) => {
    const { file, store, run } = startedStore();
    const collector = await startCollector();
    collector.answer((each) => ({ status: each === path ? 404 : 200 }));
    const stream = streamTo(file, collector.url);
    exchange(store, run.id);
    await sendAll(stream);
    expect(stream.losses).toEqual([`${collector.url} accepts no ${what}: it answered 404 Not Found.`]);
    expect(stream.reader.telemetry()).toMatchObject({ unsent: 0 });
  });

  it('that takes nothing probably has another address, so nothing is given up', async () => {
    const { file, store, run } = startedStore();
    const collector = await startCollector();
    collector.answer(() => ({ status: 404 }));
    const stream = streamTo(file, collector.url);
    exchange(store, run.id);
    expect(await stream.turn(NEVER)).toEqual({ type: 'failed', reason: 'it answered 404 Not Found' });
    expect(stream.reader.telemetry()).toMatchObject({ unsent: 1 });
  });

  it('counts as unsent only what it will get', async () => {
    const { file, store, run } = startedStore();
    const collector = await startCollector();
    collector.answer(() => ({ status: 503 }));
    const stream = streamTo(file, collector.url);
    exchange(store, run.id, { kind: 'mcp' });
    exchange(store, run.id, { origin: 'transcript' });
    expect(await stream.turn(NEVER)).toMatchObject({ type: 'sent' });
    exchange(store, run.id, { kind: 'mcp' });
    expect(stream.reader.telemetry()).toMatchObject({ unsent: 0, unsentSince: null, isBehind: true });
    exchange(store, run.id);
    expect(stream.reader.telemetry()).toMatchObject({ unsent: 1, unsentSince: expect.any(Date) });
  });

  it('that refuses some spans is reported', async () => {
    const { file, store, run } = startedStore();
    const collector = await startCollector([
      { status: 200 },
      { status: 200 },
      { status: 200, body: partialSuccess(1, 'span too old') },
    ]);
    const stream = streamTo(file, collector.url);
    exchange(store, run.id);
    await sendAll(stream);
    expect(stream.losses).toEqual([`${collector.url} refused some spans: span too old.`]);
  });

  it('that is down fails the turn', async () => {
    const { file, store, run } = startedStore();
    const stream = streamTo(file, 'http://127.0.0.1:9');
    exchange(store, run.id);
    expect(await stream.turn(NEVER)).toEqual({ type: 'failed', reason: expect.stringContaining('ECONNREFUSED') });
  });
});

/** Ends the time in which no process sends. */
async function waitIsOver({ reader, store }: ReturnType<typeof streamTo>): Promise<void> {
  const db = openDatabase(store.file, { readonly: false });
  db.prepare('UPDATE telemetry SET until = 0').run();
  db.close();
  expect(reader.telemetry()?.until.getTime()).toBe(0);
}

/** Changes have whole milliseconds. */
function tick(): Promise<unknown> {
  return sleep(3);
}
