import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { LOCAL_USER, openDatabase, openReader, openStore } from '../../src/store/index.js';
import { playedMcp } from '../store/support/played-mcp.js';
import { anAttribution, aRequest, aResponse, aRun, aShare } from '../store/support/records.js';
import { untilTrue } from '../support/product.js';
import { readEvents } from './support/event-reader.js';
import { type Served, sending, served } from './support/served.js';
import { slowReader } from './support/slow-reader.js';

/** Another process that captures into the same database. */
function captured({ file }: Pick<Served, 'file'>) {
  const store = openStore(file);
  onTestFinished(() => store.close());
  const run = aRun();
  store.beginRun(run);
  return {
    store,
    begin() {
      const request = aRequest(run.id);
      store.saveRequest(request);
      return request;
    },
    end(request: ReturnType<typeof aRequest>) {
      store.saveResponse(aResponse(request), anAttribution([aShare('user', 5)]));
    },
  };
}

const types = (events: { type: string }[]) => events.map(({ type }) => type);

it('sends what is committed from now on, with the current rows', async () => {
  const server = await served();
  const events = await readEvents(server);
  expect(events.headers.get('content-type')).toBe('text/event-stream');
  const capture = captured(server);
  const request = capture.begin();
  const [started] = await events.next(1);
  expect(started).toMatchObject({
    type: 'request.started',
    data: { request_id: request.id, request: { state: 'open' } },
  });
  // Whoever is received finds it.
  expect(await server.ask(`/api/claude/requests/${request.id}`)).toMatchObject({ json: { state: 'open' } });
  capture.end(request);
  const [ended] = await events.next(1);
  expect(ended).toMatchObject({ type: 'request.ended', data: { request: { id: request.id, state: 'complete' } } });
  expect(ended?.id).toBe((started?.id ?? 0) + 1);
});

it('sends ratings by this server, another one and the command line', async () => {
  const server = await served();
  const other = await served({ database: server.file });
  const events = await readEvents(server);
  const { store, begin } = captured(server);
  const request = begin();
  const { json } = await server.ask('/api/claude/feedback', sending('POST', { request_id: request.id, rating: 1 }));
  const { id } = json as { id: string };
  await other.ask(`/api/claude/feedback/${id}`, sending('PUT', { rating: 0.5 }));
  store.ratings.remove(id);
  const received = await events.next(4);
  expect(types(received)).toEqual(['request.started', 'feedback.created', 'feedback.updated', 'feedback.deleted']);
  expect(received.slice(1).map(({ data }) => data.feedback_id)).toEqual([id, id, id]);
  expect(received[3]?.data.feedback).toBeNull();
});

it('sends MCP calls when they start, when they end, and when a request carries their result', async () => {
  const server = await served();
  const events = await readEvents(server);
  const { store } = captured(server);
  const { connect, play } = playedMcp(store);
  const content = 'Ticket 7';
  const { id } = play(connect(), 'serena', {
    name: 'find',
    result: { content: [] },
    received: { content, form: 'cut' },
  });
  const received = await events.next(5);
  expect(types(received)).toEqual([
    'mcp_call.started',
    'mcp_call.ended',
    'request.started',
    'request.ended',
    'mcp_call.delivered',
  ]);
  expect(received.map(({ data }) => data.mcp_call_id)).toEqual([id, id, null, null, id]);
  expect(received[4]?.data).toMatchObject({
    request_id: null,
    request: null,
    mcp_call: { id, name: 'find', state: 'ok', delivery: { form: 'cut' } },
  });
});

it('sends alerts of rules, with what they are about', async () => {
  const server = await served();
  const events = await readEvents(server);
  const { store } = captured(server);
  const { connect, play } = playedMcp(store);
  const call = play(connect({ name: 'tickets' }), 'tickets', { name: 'find', result: { content: [] } });
  const hits = [
    { rule: 'warns', action: 'tag', detail: 'x' },
    { rule: 'warns', action: 'alert', detail: 'look \u001b[2J here' },
  ] as const;
  store.saveMcp([{ type: 'hits', hits: { of: call.request, at: 7, hits } }]);
  const received = await events.next(3);
  expect(types(received)).toEqual(['mcp_call.started', 'mcp_call.ended', 'rule.alert']);
  expect(received[2]?.data).toMatchObject({
    request_id: null,
    mcp_call_id: null,
    alert: {
      rule: 'warns',
      detail: 'look \u001b[2J here',
      call_id: call.id,
      message_id: call.request,
      server: 'tickets',
    },
  });
});

it('continues behind the last received event, also after a restart and at another server', async () => {
  const server = await served();
  const capture = captured(server);
  const before = await readEvents(server);
  capture.begin();
  const [seen] = await before.next(1);
  const position = seen?.id ?? 0;
  await server.api.close();

  const missed = capture.begin();
  capture.end(missed);
  capture.store.ratings.add(missed.id, { rating: 1, comment: null }, LOCAL_USER);
  capture.store.ratings.remove(missed.id);
  const again = await served({ database: server.file });
  const events = await readEvents(again, position);
  const received = await events.next(4);
  expect(types(received)).toEqual(['request.started', 'request.ended', 'feedback.created', 'feedback.deleted']);
  expect(received.map(({ id }) => id)).toEqual([1, 2, 3, 4].map((n) => position + n));
  expect(received.map(({ data }) => data.request_id)).toEqual(Array(4).fill(missed.id));
});

it('sends every event once and in order from any position', async () => {
  const server = await served();
  const reader = openReader(server.file);
  const { first, last } = reader.keptChanges();
  reader.close();
  const events = await readEvents(server, 0);
  const received = await events.next(last - first + 1);
  expect(received.map(({ id }) => id)).toEqual(received.map((_, at) => first + at));
});

it('sends all kept events to a new client, also when the first are no longer kept', async () => {
  const server = await served();
  const { id } = captured(server).begin();
  const db = openDatabase(server.file, { readonly: false });
  db.exec('DELETE FROM changes WHERE n < (SELECT max(n) FROM changes)');
  db.close();
  const events = await readEvents(server, 0);
  expect(await events.next(1)).toMatchObject([{ type: 'request.started', data: { request_id: id } }]);
});

it('an event id of another database leads to a reset', async () => {
  const server = await served();
  const events = await readEvents(server);
  captured(server).begin();
  const [{ id: seen } = { id: null }] = await events.next(1);
  const known = openReader(server.file);
  const { first, last } = known.keptChanges();
  known.close();
  renameSync(server.file, `${server.file}.gone`);
  await untilTrue(() => Date.now() > last);
  const { store, begin } = captured(server);
  store.transaction(() => {
    for (let n = first; n < last + 10; n++) begin();
  });
  expect(types(await events.next(1))).toEqual(['reset']);
  const again = await readEvents(server, seen ?? 0);
  expect(types(await again.next(1))).toEqual(['reset']);
});

it('a client that missed events that are no longer kept gets a reset', async () => {
  const server = await served();
  const reader = openReader(server.file);
  const { last } = reader.keptChanges();
  reader.close();
  // As of another database: a number that was never given here.
  const events = await readEvents(server, last + 1_000);
  expect(await events.next(1)).toMatchObject([{ id: last, type: 'reset' }]);
  captured(server).begin();
  expect(await events.next(1)).toMatchObject([{ id: last + 1, type: 'request.started' }]);
});

it('a database that cannot be used gives an error', async () => {
  const server = await served();
  renameSync(server.file, `${server.file}.ours`);
  writeFileSync(server.file, 'This is no database, and never was one.');
  const path = '/api/claude/events';
  for (const headers of [{}, { 'last-event-id': '0' }]) {
    expect(await server.ask(path, { headers })).toMatchObject({ status: 500, json: { error: expect.any(String) } });
  }
});

it('a stream that fails ends, and nothing else does', async () => {
  let passing = Number.POSITIVE_INFINITY;
  const server = await served({ heartbeatMs: 20, pass: (work) => (passing-- > 0 ? work() : null) });
  // The stream begins, and finds the database closed when it is read.
  passing = 1;
  const events = await readEvents(server, 0);
  await events.ended();
  passing = Number.POSITIVE_INFINITY;
  const others = await readEvents(server);
  const heartbeats = ': heartbeat\n\n: heartbeat\n\n: heartbeat\n\n';
  expect(await others.until(heartbeats)).toContain(heartbeats);
});

it('sends heartbeats while nothing happens', async () => {
  const server = await served({ heartbeatMs: 20 });
  const events = await readEvents(server);
  expect(await events.until(': heartbeat\n\n')).toContain(': heartbeat\n\n');
});

it('sends growing answers while a client follows', async () => {
  const followed: boolean[] = [];
  const server = await served({ onFollowed: (now) => followed.push(now) });
  const answer = {
    id: 'req_x' as const,
    characters: 5,
    usage: null,
    blocks: [{ type: 'text', name: null, text: 'Hello' }],
    isCut: false,
  };
  server.api.progress([{ ...answer, id: 'req_unseen' as const }]);
  expect((await server.ask('/api/claude/events', { method: 'HEAD' })).status).toBe(200);
  expect(followed).toEqual([]);
  const events = await readEvents(server);
  expect(followed).toEqual([true]);
  server.api.progress([answer]);
  const request = captured(server).begin();
  const [passing, kept] = await events.next(2);
  expect(passing).toMatchObject({
    id: null,
    type: 'progress',
    data: { answers: [{ request_id: 'req_x', characters: 5, blocks: answer.blocks, is_cut: false }] },
  });
  expect(kept).toMatchObject({ type: 'request.started', data: { request_id: request.id } });
  await events.leave();
  await untilTrue(() => followed.length === 2);
  expect(followed).toEqual([true, false]);
});

it('disconnects a client that does not read, and no other', async () => {
  const server = await served({ heartbeatMs: 200 });
  const slow = slowReader(server);
  const events = await readEvents(server);
  await once(slow, 'error');
  captured(server).begin();
  expect(types(await events.next(1))).toEqual(['request.started']);
});
