import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  answer,
  asked,
  chunk,
  message,
  NOTHING,
  ok,
  pair,
  pausedId,
  streamHead,
  unchunked,
} from '../../support/relayed-pair.js';
import { call } from '../../support/ruled-pipe.js';

describe('an answer', () => {
  it('that is paused in a stream that has ended waits for a person', async () => {
    const both = await pair(
      '  - { id: hold, when: { direction: server_to_client, kind: response }, then: [{ pause: { limit_ms: 60000 } }] }',
    );
    await asked(both);
    await both.server.send(`${streamHead}${chunk(`id: 4\ndata: ${answer(1)}\n\n`)}0\r\n\r\n`);
    await expect.poll(() => both.ruled.pauses).toHaveLength(1);
    await expect.poll(() => both.client.received.toString()).toBe(streamHead);
    both.ruled.relay.resume(pausedId(both.ruled));
    await expect
      .poll(() => both.client.received.toString())
      .toBe(`${streamHead}${chunk(`id: 4\ndata: ${answer(1)}\n\n`)}0\r\n\r\n`);
  });

  it.each(['gzip', 'br'])('that is changed loses its coding (%s)', async (coding) => {
    const both = await pair(
      '  - { id: up, when: { result: { "$.content": { exists: true } } }, then: [{ modify: { set: { "$.content[0].text": new } } }] }',
    );
    await asked(both);
    const body = (coding === 'gzip' ? gzipSync : brotliCompressSync)(answer(1));
    await both.server.send(
      Buffer.concat([
        Buffer.from(
          `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\nX: y\r\n\r\n`,
        ),
        body,
      ]),
    );
    const changed = answer(1, 'new');
    await expect
      .poll(() => both.client.received.toString())
      .toBe(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${changed.length}\r\nX: y\r\n\r\n${changed}`,
      );
    expect(
      both.ruled.ruled()[0]?.ruled.original && Buffer.from(both.ruled.ruled()[0]?.ruled.original ?? []).toString(),
    ).toBe(answer(1));
  });

  it('is changed in its event, whose other lines stay', async () => {
    const both = await pair(
      '  - { id: up, when: { result: { "$.content": { exists: true } } }, then: [{ modify: { set: { "$.content[0].text": new } } }] }',
    );
    await asked(both);
    const event = `: c\nid: 4\nevent: message\ndata: ${answer(1).slice(0, 9)}\ndata: ${answer(1).slice(9)}\n\n`;
    await both.server.send(`${streamHead}${chunk(event)}0\r\n\r\n`);
    await expect.poll(() => both.client.received.toString().endsWith('0\r\n\r\n')).toBe(true);
    const body = unchunked(both.client.received.toString().slice(streamHead.length));
    expect(body).toMatch(/^: c\nid: 4\nevent: message\ndata: /);
    const data = [...body.matchAll(/^data: (.*)$/gm)].map(([, line]) => line).join('\n');
    expect(JSON.parse(data)).toEqual(JSON.parse(answer(1, 'new')));
  });

  it('of more than 16 MB passes as it is, in bounded memory and not faster than it is read', async () => {
    const both = await pair('  - { id: no, when: { kind: response }, then: [{ block: { reason: no } }] }');
    await asked(both);
    await both.server.send(streamHead);
    const part = Buffer.from(chunk('x'.repeat(1024 * 1024)));
    both.client.stream.pause();
    let sent = 0;
    const total = 60;
    const sending = (async () => {
      for (; sent < total; sent++) await both.server.send(sent === 0 ? Buffer.from(chunk('data: ')) : part);
    })();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    // 16 MB are held, and the system's buffers of two connections hold up to 10 MB each.
    expect(sent).toBeLessThan(50);
    both.client.stream.resume();
    await sending;
    await both.server.send(`${chunk(`\n\ndata: ${answer(1)}\n\n`)}0\r\n\r\n`);
    await expect
      .poll(() => both.client.received.subarray(-7).toString('latin1'), { interval: 300 })
      .toBe('\r\n0\r\n\r\n');
    const body = both.client.received.toString('latin1').slice(-1_000);
    expect(body).toContain('"message":"no"');
    expect(both.client.received.length).toBeGreaterThan((total - 1) * 1024 * 1024);
  });
});

describe('an answer whose type misleads', () => {
  const UP =
    '  - { id: up, when: { result: { "$.content": { exists: true } } }, then: [{ modify: { set: { "$.content[0].text": new } } }] }';
  const EVENT = `data: ${answer(1)}\n\n`;
  const GET = 'GET /mcp HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n';

  it.each([
    ['x; application/json', answer(1)],
    ['application/jsonx', answer(1)],
    ['text/plain\r\nContent-Type: application/json', answer(1)],
    ['x; text/event-stream', EVENT],
    ['text/plain\r\nContent-Type: Text/Event-Stream', EVENT],
  ])('is checked: %j', async (type, body) => {
    const both = await pair(UP);
    await asked(both);
    await both.server.send(ok(body, type));
    await expect.poll(() => both.client.received.toString()).toContain('"new"');
    expect(both.client.received.toString()).not.toContain('fine');
    expect(both.ruled.problems).toEqual([]);
  });

  it.each([
    ['both JSON and events', ok(answer(1), 'application/json; x=text/event-stream')],
    ['HTTP/1.0', ok(EVENT, 'text/event-stream').replace('HTTP/1.1', 'HTTP/1.0')],
  ])('passes as it is if it cannot be read, and that is reported: %s', async (why, sent) => {
    const both = await pair(UP);
    await asked(both);
    await both.server.send(sent);
    await both.client.receives(sent.length);
    expect(both.client.received.toString()).toBe(sent);
    expect(both.ruled.problems).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    ['text/plain', GET],
    ['application/json', GET],
    ['text/plain', GET.replace('Accept:', 'Accept: application/json\r\nAccept:')],
  ])('is checked as events if it answers a GET for events: %s, %j', async (type, request) => {
    const both = await pair(
      '  - { id: up, when: { method: notifications/message }, then: [{ modify: { set: { "$.data": new } } }] }',
    );
    const note = '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"fine"}}';
    await both.client.send(request);
    await both.server.receives(request.length);
    await both.server.send(ok(`data: ${note}\n\n`, type));
    await expect.poll(() => both.client.received.toString()).toContain('"new"');
    expect(both.client.received.toString()).not.toContain('fine');
  });

  it('leaves an empty answer to a GET for events as it is', async () => {
    const both = await pair(NOTHING);
    const empty = 'HTTP/1.1 204 No Content\r\nX: y\r\n\r\n';
    await both.client.send(GET);
    await both.server.receives(GET.length);
    await both.server.send(empty);
    await both.client.receives(empty.length);
    expect(both.client.received.toString()).toBe(empty);
  });
});

describe('a request of the server', () => {
  const DECLINE =
    '  - { id: quiet, when: { method: elicitation/create }, then: [{ mock: { result: { action: decline } } }] }';
  const question = (id: number) => JSON.stringify({ jsonrpc: '2.0', id, method: 'elicitation/create', params: {} });
  const batch = `[${answer(1)},${question(11)},${question(12)}]`;

  it.each([
    ['document', ok(batch), ok(`[${answer(1)}]`)],
    ['stream', `${streamHead}${chunk(`data: ${batch}\n\n`)}`, `${streamHead}${chunk(`data: [${answer(1)}]\n\n`)}`],
  ])('in a batch is answered by a rule, as each of the others (%s)', async (_, sent, passed) => {
    const both = await pair(DECLINE);
    await asked(both);
    await both.server.send(sent);
    const posts = [await both.upstream.accept(), await both.upstream.accept()];
    for (const post of posts) await expect.poll(() => post.received.toString()).toContain('decline');
    const texts = posts.map(({ received }) => received.toString().split('\r\n\r\n')[1] ?? '');
    const ids = texts.map((text) => Number(/"id":(\d+)/.exec(text)?.[1]));
    expect(ids.sort()).toEqual([11, 12]);
    await expect.poll(() => both.client.received.toString()).toBe(passed);
  });

  it('that is a whole document leaves nothing for the client', async () => {
    const both = await pair(DECLINE);
    await asked(both);
    await both.server.send(ok(question(11)));
    const post = await both.upstream.accept();
    await expect.poll(() => post.received.toString()).toContain('decline');
    await expect.poll(() => both.client.received.toString()).toMatch(/^HTTP\/1\.1 202 Accepted\r\n/);
  });
});

it('gives the client the answers of rules to its batch, even if the document of the server has nothing for it', async () => {
  const both = await pair(
    '  - { id: no, when: { tool: erase }, then: [{ block: { reason: no } }] }\n' +
      '  - { id: quiet, when: { method: elicitation/create }, then: [{ mock: { result: { action: decline } } }] }',
  );
  await asked(both, `[${message(1)},${call(2, 'erase').trim()}]`);
  await both.server.send(ok('{"jsonrpc":"2.0","id":11,"method":"elicitation/create","params":{}}'));
  await expect.poll(() => both.client.received.toString()).toContain('"no"');
  const [head = '', body = ''] = both.client.received.toString().split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 200 OK/);
  expect(JSON.parse(body)).toMatchObject([{ id: 2, error: { message: 'no' } }]);
});

describe('an answer that ends with its connection', () => {
  const UP =
    '  - { id: up, when: { result: { "$.content": { exists: true } } }, then: [{ modify: { set: { "$.content[0].text": new } } }, { delay: { ms: 40 } }] }';

  it('gets a length if it is changed', async () => {
    const both = await pair(UP);
    await asked(both);
    await both.server.send(`HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n${answer(1)}\n`);
    both.server.fin();
    expect(await both.client.ended).toBe('fin');
    const changed = answer(1, 'new');
    expect(both.client.received.toString()).toBe(
      `HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${changed.length}\r\n\r\n${changed}`,
    );
    // As the recorder reads it, without the line end.
    expect(both.ruled.ruled()[0]?.ruled.original).toHaveLength(answer(1).length);
  });

  it('as a stream has no frames, and delayed messages come before its end', async () => {
    const both = await pair(UP);
    await asked(both);
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n';
    await both.server.send(`${head}data: ${answer(1)}\n\n`);
    both.server.fin();
    expect(await both.client.ended).toBe('fin');
    expect(both.client.received.toString()).toBe(`${head}data: ${answer(1, 'new')}\n\n`);
    await expect.poll(() => both.ruled.events.at(-1)).toMatchObject({ type: 'settled', outcome: 'complete' });
  });

  it('as a stream with a length gets frames', async () => {
    const both = await pair(UP);
    await asked(both);
    await both.server.send(ok(`data: ${answer(1)}\n\n`, 'text/event-stream'));
    await expect
      .poll(() => both.client.received.toString())
      .toBe(
        `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(`data: ${answer(1, 'new')}\n\n`)}0\r\n\r\n`,
      );
  });

  it('breaks where its server breaks it, after what came before', async () => {
    const both = await pair(UP);
    await asked(both);
    await both.server.send(`${streamHead}${chunk(`data: ${answer(1)}\n\n`)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    both.server.reset();
    expect(await both.client.ended).toBe('reset');
    expect(both.client.received.toString()).toBe(`${streamHead}${chunk(`data: ${answer(1, 'new')}\n\n`)}`);
    await expect.poll(() => both.ruled.events.at(-1)).toMatchObject({ type: 'settled', outcome: 'failed' });
  });
});
