import type http from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveUrl } from '../../../src/gateway/bridge/index.js';
import { listen } from '../../mcp/support/sdk-http-servers.js';
import { initialize, type Message } from '../support/stdio-target.js';

interface Got {
  method: string;
  headers: http.IncomingHttpHeaders;
  message: Message | null;
}
type Handle = (got: Got, response: ServerResponse, request: IncomingMessage) => void;

/** A server that does what the test says, and a client of it through the bridge. */
async function bridged(handle: Handle, headers: Record<string, string> = {}) {
  const got: Got[] = [];
  const server = await listen('/mcp', async (request, response) => {
    const body = await text(request);
    const message = body === '' ? null : JSON.parse(body);
    const each = { method: request.method ?? '', headers: request.headers, message };
    got.push(each);
    handle(each, response, request);
  });
  const [input, output] = [new PassThrough(), new PassThrough()];
  const lines: Message[] = [];
  createInterface({ input: output }).on('line', (line) => lines.push(JSON.parse(line)));
  const notes: string[] = [];
  const left = new AbortController();
  const note = (said: string) => void notes.push(said);
  const ended = serveUrl({ url: server.url, headers, input, output, note, signal: left.signal });
  onTestFinished(async () => {
    left.abort();
    await ended;
    await server.close();
  });
  return {
    got,
    lines,
    notes,
    server,
    say: (message: Message | string) =>
      input.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`),
    /** The client closes its output. */
    async leave() {
      input.end();
      await ended;
    },
    /** The message with this id. */
    answer: (id: unknown) => expect.poll(() => lines.find((line) => line.id === id && line.method === undefined)),
  };
}

const json = (response: ServerResponse, message: Message, headers: http.OutgoingHttpHeaders = {}) =>
  response
    .writeHead(200, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify({ jsonrpc: '2.0', ...message }));

const opened = (id: unknown) => ({
  id,
  result: { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 's', version: '1' } },
});
const ready = { jsonrpc: '2.0', method: 'notifications/initialized' };
const list = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'tools/list' });
const call = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'x' } });
const modern = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } };

/** A server with sessions, besides which `handle` answers. */
function withSessions(
  handle: Handle = ({ message }, response) => json(response, { id: message?.id, result: {} }),
): Handle {
  let sessions = 0;
  return (got, response, request) => {
    if (got.method === 'GET') response.writeHead(405).end();
    else if (got.method === 'DELETE') response.writeHead(200).end();
    else if (got.message?.method === 'initialize')
      json(response, opened(got.message.id), { 'mcp-session-id': `s${++sessions}` });
    else if (got.message?.id === undefined) response.writeHead(202).end();
    else handle(got, response, request);
  };
}

describe('serveUrl', () => {
  it('keeps the session and the version of the server, and ends the session', async () => {
    const { got, say, answer, leave } = await bridged(withSessions(), { authorization: 'Bearer own' });
    say(initialize);
    say(ready);
    say(list(1));
    await answer(1).toMatchObject({ result: {} });
    await leave();
    const posts = got.filter(({ method }) => method === 'POST');
    expect(posts.map(({ message }) => message?.method)).toEqual([
      'initialize',
      'notifications/initialized',
      'tools/list',
    ]);
    expect(posts.map(({ headers }) => [headers['mcp-session-id'], headers['mcp-protocol-version']])).toEqual([
      [undefined, undefined],
      ['s1', '2025-11-25'],
      ['s1', '2025-11-25'],
    ]);
    expect(got.every(({ headers }) => headers.authorization === 'Bearer own')).toBe(true);
    expect(got.at(-1)).toMatchObject({
      method: 'DELETE',
      headers: { 'mcp-session-id': 's1', 'mcp-protocol-version': '2025-11-25' },
    });
  });

  it('sends a message only when the server has taken the notification before it', async () => {
    const taken: string[] = [];
    const { say, answer } = await bridged((got, response, request) => {
      if (got.message?.method === ready.method) {
        setTimeout(() => {
          taken.push('ready');
          response.writeHead(202).end();
        }, 50);
      } else {
        if (got.message?.method === 'tools/list') taken.push('list');
        withSessions()(got, response, request);
      }
    });
    say(initialize);
    say(ready);
    say(list(1));
    await answer(1).toBeDefined();
    expect(taken).toEqual(['ready', 'list']);
  });

  it('opens another session when the server has lost it, and repeats the message', async () => {
    let lost = true;
    const { got, say, answer, notes, lines } = await bridged(
      withSessions(({ message, headers }, response) => {
        if (headers['mcp-session-id'] === 's1' && lost) response.writeHead(404).end();
        else json(response, { id: message?.id, result: {} });
      }),
    );
    say(initialize);
    say(ready);
    say(call(1));
    say(call(2));
    await answer(1).toMatchObject({ result: {} });
    await answer(2).toMatchObject({ result: {} });
    lost = false;
    expect(got.filter(({ message }) => message?.method === 'initialize')).toHaveLength(2);
    expect(notes).toEqual(['the server has lost the session; opened another.']);
    // The client gets nothing twice.
    expect(lines.filter(({ id }) => id === 0)).toHaveLength(1);
  });

  it.each([
    ['HTML', 'text/html; charset=utf-8', '<p>Hello', 'text/html'],
    ['nothing', undefined, '', 'no content type'],
  ])('names what a wrong address answers: %s', async (_what, type, body, named) => {
    const { say, answer } = await bridged((_got, response) => {
      response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end(body);
    });
    say(initialize);
    await answer(0).toMatchObject({
      error: { message: `the server answered with HTTP status 200 and ${named}, not with MCP; check the address` },
    });
  });

  it('has any number of requests in progress without a warning', async () => {
    const warnings: string[] = [];
    const warned = ({ name }: Error) => warnings.push(name);
    process.on('warning', warned);
    onTestFinished(() => void process.off('warning', warned));
    const waiting: (() => void)[] = [];
    const { say, answer } = await bridged(
      withSessions(({ message }, response) => {
        waiting.push(() => json(response, { id: message?.id, result: {} }));
        if (waiting.length === 20) for (const each of waiting) each();
      }),
    );
    say(initialize);
    say(ready);
    for (let id = 1; id <= 20; id++) say(call(id));
    await answer(20).toBeDefined();
    expect(warnings).toEqual([]);
  });

  it('sends the headers of 2026-07-28, without a session', async () => {
    const { got, say, answer } = await bridged(({ message }, response) =>
      json(response, { id: message?.id, result: {} }),
    );
    say({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'größe', ...modern } });
    await answer(1).toBeDefined();
    expect(got[0]?.headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': `=?base64?${Buffer.from('größe').toString('base64')}?=`,
    });
    expect(got[0]?.headers['mcp-session-id']).toBeUndefined();
  });

  it('repeats arguments in the headers that the schema of a tool names', async () => {
    const inputSchema = {
      type: 'object',
      properties: {
        region: { type: 'string', 'x-mcp-header': 'Region' },
        at: { type: 'object', properties: { row: { type: 'integer', 'x-mcp-header': 'Row' } } },
        isDry: { type: 'boolean', 'x-mcp-header': 'Dry' },
        missing: { type: 'string', 'x-mcp-header': 'Missing' },
        unsafe: { type: 'string', 'x-mcp-header': 'a\r\nb' },
        list: { type: 'array', items: { properties: { x: { 'x-mcp-header': 'Item' } } } },
      },
    };
    const { got, say, answer } = await bridged(({ message }, response) => {
      const result = message?.method === 'tools/list' ? { tools: [{ name: 'x', inputSchema }] } : { content: [] };
      json(response, { id: message?.id, result });
    });
    say({ ...list(1), params: modern });
    await answer(1).toBeDefined();
    const given = { region: 'Köln', at: { row: -7 }, isDry: false, unsafe: 'y', list: [{ x: 1 }], missing: null };
    say({ ...call(2), params: { name: 'x', arguments: given, ...modern } });
    say({ ...call(3), params: { name: 'y', arguments: given, ...modern } });
    await answer(2).toBeDefined();
    await answer(3).toBeDefined();
    const repeated = (id: number) =>
      Object.entries(got.find(({ message }) => message?.id === id)?.headers ?? {}).filter(([name]) =>
        name.startsWith('mcp-param-'),
      );
    expect(Object.fromEntries(repeated(2))).toEqual({
      'mcp-param-region': '=?base64?S8O2bG4=?=',
      'mcp-param-row': '-7',
      'mcp-param-dry': 'false',
    });
    expect(repeated(3)).toEqual([]);
  });

  it('cancels a request of 2026-07-28 by ending it', async () => {
    let ended = false;
    const { got, say } = await bridged((_got, response) => {
      response.on('close', () => {
        ended = true;
      });
    });
    say({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x', ...modern } });
    await expect.poll(() => got).toHaveLength(1);
    say({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } });
    await expect.poll(() => ended).toBe(true);
    expect(got).toHaveLength(1);
  });

  it('continues a stream that breaks off, if its events have ids', async () => {
    const { say, answer, lines } = await bridged((got, response, request) => {
      const event = (id: string, message: Message) =>
        `id: ${id}\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`;
      if (got.headers['last-event-id'] === 'e1') {
        response
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .end(event('e2', { id: 1, result: { late: true } }));
      } else if (got.message?.method === 'tools/call') {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`retry: 10\n${event('e1', { method: 'notifications/message', params: {} })}`, () =>
          response.destroy(),
        );
      } else withSessions()(got, response, request);
    });
    say(initialize);
    say(ready);
    say(call(1));
    await answer(1).toMatchObject({ result: { late: true } });
    expect(lines.filter(({ method }) => method === 'notifications/message')).toHaveLength(1);
  });

  it('answers with an error if a stream breaks off for good: a call is not repeated', async () => {
    const { got, say, answer } = await bridged((_got, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"jsonrpc":"2.0","method":"notifications/message"}\n\n', () => response.destroy());
    });
    say({ ...call('one'), params: { name: 'x', ...modern } });
    await answer('one').toMatchObject({ error: { code: -32000 } });
    expect(got).toHaveLength(1);
  });

  it('repeats a list, but not a call, if the connection breaks before the answer', async () => {
    const { got, say, answer } = await bridged(({ message }, response) => {
      if (got.length < 2 || message?.method === 'tools/call') response.destroy();
      else json(response, { id: message?.id, result: {} });
    });
    say({ ...list(1), params: modern });
    await answer(1).toMatchObject({ result: {} });
    say({ ...call(2), params: { name: 'x', ...modern } });
    await answer(2).toMatchObject({ error: { code: -32000 } });
    expect(got).toHaveLength(3);
  });

  it('reads what the server sends unasked, also after a stream has ended', async () => {
    let streams = 0;
    const { got, say, lines } = await bridged((each, response, request) => {
      if (each.method !== 'GET') withSessions()(each, response, request);
      else {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const message = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };
        const event = `retry: 10\nid: ${++streams}\ndata: ${JSON.stringify(message)}\n\n`;
        if (streams < 3) response.end(event);
        else response.write(event);
      }
    });
    say(initialize);
    say(ready);
    await expect
      .poll(() => lines.filter(({ method }) => method === 'notifications/tools/list_changed'))
      .toHaveLength(3);
    expect(got.filter(({ method }) => method === 'GET').map(({ headers }) => headers['last-event-id'])).toEqual([
      undefined,
      '1',
      '2',
    ]);
  });

  it('passes on the error of a server under the id of the request, and says what a status means', async () => {
    const { say, answer } = await bridged(({ message }, response) => {
      const status = message?.method === 'tools/list' ? 400 : 401;
      const body = { jsonrpc: '2.0', id: null, error: { code: -32020, message: 'Mismatch' } };
      response.writeHead(status).end(status === 400 ? JSON.stringify(body) : 'who are you?');
    });
    say({ ...list('a'), params: modern });
    await answer('a').toMatchObject({ error: { code: -32020, message: 'Mismatch' } });
    say({ ...call('b'), params: { name: 'x', ...modern } });
    await answer('b').toMatchObject({ error: { message: expect.stringMatching(/401; give --header.*who are you\?/) } });
  });

  it('reports at once a line that is not a message, and a server that does not exist', async () => {
    const { say, answer, server, lines } = await bridged(withSessions());
    say('{"half":');
    await expect.poll(() => lines[0]).toMatchObject({ id: null, error: { code: -32700 } });
    await server.close();
    say(call(1));
    await answer(1).toMatchObject({ error: { message: expect.stringContaining('ECONNREFUSED') } });
  });

  it('bounds an answer that never ends', async () => {
    const { say, answer } = await bridged((_got, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const part = Buffer.alloc(1024 * 1024, 0x20);
      const more = () => {
        if (!response.destroyed) response.write(part, more);
      };
      more();
    });
    say({ ...call(1), params: { name: 'x', ...modern } });
    await answer(1).toMatchObject({ error: { message: expect.stringContaining('more than') } });
  });
});
