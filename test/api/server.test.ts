import { once } from 'node:events';
import { existsSync, renameSync } from 'node:fs';
import { Agent, type ClientRequest, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase, openStore } from '../../src/store/index.js';
import { aRequest, aRun } from '../store/support/records.js';
import { Sqlite } from '../support/sqlite.js';
import { readEvents } from './support/event-reader.js';
import { ask, sending, served, TOKEN } from './support/served.js';
import { slowReader } from './support/slow-reader.js';

/** Whether anybody listens there. */
async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const answer = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'close').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return answer;
}

/** A request whose body is awaited, on a connection that its client would keep. */
async function halfPosted(port: number): Promise<ClientRequest> {
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const posted = request({
    port,
    method: 'POST',
    path: '/api/claude/feedback',
    agent,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', expect: '100-continue' },
  });
  posted.flushHeaders();
  await once(posted, 'continue');
  return posted;
}

describe('a server that stops', () => {
  it('answers running requests, ends streams and kept connections, and frees its port', async () => {
    const { api, file } = await served();
    const events = await readEvents({ api });
    const posted = await halfPosted(api.port);
    const closed = api.close();
    await events.ended();
    expect(await listens(api.port)).toBe(false);
    posted.end('{"request_id": "req_zz", "rating": 1}');
    const [answer] = await once(posted, 'response');
    answer.resume();
    expect(answer.statusCode).toBe(404);
    await closed;
    expect(existsSync(`${file}-wal`)).toBe(false);
  });

  it('does not wait for a client with an idle connection', async () => {
    const { api } = await served();
    const idle = connect(api.port, '127.0.0.1');
    onTestFinished(() => void idle.destroy());
    await once(idle, 'connect');
    const posted = await halfPosted(api.port);
    const ended = once(idle, 'close');
    const closed = api.close();
    await ended;
    // What is under way outlives it: so nobody was cut off for want of time.
    posted.end('{}');
    const [answer] = await once(posted, 'response');
    answer.resume();
    expect(answer.statusCode).toBe(400);
    await closed;
  });

  it('does not wait for a client that does not read its events', async () => {
    const server = await served();
    const slow = slowReader(server);
    // Who reads has more by now than the sockets of the other take in.
    await (await readEvents(server, 0)).next(2_000);
    const posted = await halfPosted(server.api.port);
    const cutOff = once(slow, 'error');
    const closed = server.api.close();
    await cutOff;
    posted.end('{}');
    const [answer] = await once(posted, 'response');
    answer.resume();
    expect(answer.statusCode).toBe(400);
    await closed;
  });
});

it('malformed HTTP gets an error of the API', async () => {
  const { api, logged } = await served();
  const client = connect(api.port, '127.0.0.1');
  client.end('GET /docs HTTP/1.1\r\nHost: a@127.0.0.1\r\nConnection: close\r\n\r\n');
  const answer = (await client.setEncoding('utf8').toArray()).join('');
  expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*\{"error":"[^"]+"\}/);
  expect(logged).toEqual([]);
});

it('an incomplete body is not a failure of the server', async () => {
  const { api, ask, logged } = await served();
  const client = connect(api.port, '127.0.0.1').resume();
  client.write(
    `POST /api/claude/feedback HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${TOKEN}\r\n` +
      'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\nno length\r\n',
  );
  await once(client, 'close');
  expect((await ask('/healthz')).status).toBe(200);
  expect(logged).toEqual([]);
});

it('a port in use is reported, and nothing is left open', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  await expect(served({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

it('several servers of one database give the same answers, including what another has written', async () => {
  const first = await served();
  const second = await served({ database: first.file });
  const id = first.exchanges.find(({ request, rating }) => request.kind === 'messages' && rating === null)?.request.id;
  const { json: given } = await first.ask('/api/claude/feedback', sending('POST', { request_id: id, rating: 1 }));
  expect((await second.ask(`/api/claude/feedback/by-request/${id}`)).json).toEqual(given);
  expect((await second.ask('/api/claude/feedback', sending('POST', { request_id: id, rating: 1 }))).status).toBe(409);
  const path = '/api/claude/requests?limit=100';
  expect((await second.ask(path)).json).toEqual((await first.ask(path)).json);
});

it('continues with the new database when its own was deleted', async () => {
  const { file, ask } = await served();
  expect((await ask('/api/claude/sessions')).json).toMatchObject({ total: 3 });
  renameSync(file, `${file}.gone`);
  expect((await ask('/api/claude/sessions')).json).toMatchObject({ total: 0 });
  const store = openStore(file);
  const run = aRun();
  store.beginRun(run);
  store.saveRequest(aRequest(run.id));
  store.close();
  expect((await ask('/api/claude/requests')).json).toMatchObject({ total: 1 });
});

it('a locked database fails the request, not the server', async () => {
  const { file, ask, logged, exchanges } = await served();
  const rate = sending('POST', { request_id: exchanges.find(({ rating }) => rating === null)?.request.id, rating: 1 });
  const other = openDatabase(file, { readonly: false });
  onTestFinished(() => void other.close());
  other.exec('BEGIN IMMEDIATE');
  const refused = await ask('/api/claude/feedback', rate);
  expect(refused).toMatchObject({ status: 503, json: { error: expect.stringContaining('is locked') } });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect((await ask('/api/claude/requests')).status).toBe(200);
  other.exec('ROLLBACK');
  expect((await ask('/api/claude/feedback', rate)).status).toBe(201);
  expect(logged).toEqual([]);
});

it('answers at an IPv6 address', async () => {
  const { api } = await served({ host: '::1' });
  expect(api.url).toBe(`http://[::1]:${api.port}`);
  expect((await ask(api.url, '/healthz')).status).toBe(200);
});

it('damaged content hides no request, and is not part of an answer', async () => {
  const { file, ask, exchanges } = await served();
  const db = openDatabase(file, { readonly: false });
  db.exec("UPDATE slices SET bytes = x'ffff', encoding = 1");
  db.close();
  const id = exchanges.find(({ request, response }) => request.kind === 'messages' && response)?.request.id;
  const { status, json } = await ask(`/api/claude/requests/${id}`);
  expect({ status, json }).toMatchObject({ status: 200, json: { id, headers: [], body_json: null, response: {} } });
  expect(json).toMatchObject({ notes: expect.arrayContaining([expect.stringContaining('cannot be read')]) });
  for (const path of [`requests/${id}/body`, `requests/${id}/segments`, `responses/${id}`, `responses/${id}/body`]) {
    const answer = await ask(`/api/claude/${path}`);
    expect(answer, path).toMatchObject({ status: 500, json: { error: expect.stringContaining('damaged') } });
  }
});

it('reports a database of another program to clients, and once to the log; and continues when it is gone', async () => {
  const { file, ask, logged } = await served();
  const elsewhere = `${file}.ours`;
  renameSync(file, elsewhere);
  const foreign = new Sqlite(file);
  foreign.exec('CREATE TABLE theirs (x)');
  foreign.close();
  for (let n = 0; n < 3; n++) {
    expect(await ask('/api/claude/requests')).toMatchObject({
      status: 500,
      json: { error: expect.stringContaining('is a SQLite database of another program') },
    });
  }
  expect(logged).toEqual([expect.stringContaining('another program')]);
  renameSync(elsewhere, file);
  expect((await ask('/api/claude/requests')).status).toBe(200);
});
