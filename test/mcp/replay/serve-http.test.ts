import { expect, it, onTestFinished } from 'vitest';
import { openRecording } from '../../../src/mcp/replay/recording.js';
import { serveHttp } from '../../../src/mcp/replay/serve-http.js';
import { modernServer } from '../support/modern-server.js';
import { legacySession, modernSession, type Session } from '../support/sdk-clients.js';
import { sseServer, streamableServer } from '../support/sdk-http-servers.js';
import { call, initialize, type Line, modernHead, modernMeta, tapeOf, text } from '../support/tapes.js';

const LEGACY_TOOLS = ['add', 'fail', 'work', 'ask', 'add'];
const MODERN_TOOLS = ['add', 'ask', 'add'];
const modern = modernHead;

async function replay(lines: readonly Line[], head: Parameters<typeof tapeOf>[1] = {}) {
  const notes: string[] = [];
  const recording = await openRecording([tapeOf(lines, head)]);
  const server = await serveHttp(recording, { port: 0, speed: 'max', note: (each) => notes.push(each) });
  onTestFinished(() => server.close());
  return { url: server.url, sseUrl: server.sseUrl, notes };
}

const given = ({ results, progress }: Session) => ({ results, progress });

it('gives clients of both SDKs what a legacy server gave', async () => {
  const server = await streamableServer([]);
  const live = await legacySession(server.url, LEGACY_TOOLS);
  await server.close();
  expect(live.progress).toHaveLength(1);
  const { url, notes } = await replay(live.lines);
  expect(given(await legacySession(url, LEGACY_TOOLS))).toEqual(given(live));
  const second = await modernSession(url, LEGACY_TOOLS);
  expect(second).toMatchObject(given(live));
  expect(second.protocol).toBe('2025-11-25');
  expect(notes).toEqual([]);
});

it('gives clients of both SDKs what a server of 2026-07-28 gave', async () => {
  const server = await modernServer();
  const live = await modernSession(server.url, MODERN_TOOLS);
  await server.close();
  expect(live.protocol).toBe('2026-07-28');
  const { url, notes } = await replay(live.lines, modern);
  const again = await modernSession(url, MODERN_TOOLS);
  expect(again).toMatchObject({ ...given(live), protocol: '2026-07-28' });
  // A client that knows only older revisions cannot be asked for input.
  const old = await legacySession(url, ['add']);
  expect(old.results[1]).toMatchObject({ content: [{ type: 'text', text: '3' }] });
  expect(notes).toEqual([]);
});

it('gives clients of 2024-11-05 what a server of their transport gave', async () => {
  const server = await sseServer([]);
  const { results, lines } = await legacySession(server.url, LEGACY_TOOLS);
  await server.close();
  const { sseUrl, notes } = await replay(lines, { protocol: '2024-11-05' });
  expect(await legacySession(sseUrl, LEGACY_TOOLS)).toMatchObject({ results });
  expect(await modernSession(sseUrl, LEGACY_TOOLS, { versionNegotiation: { mode: 'legacy' } })).toMatchObject({
    results,
  });
  expect(notes).toEqual([]);
});

it('serves clients of 2024-11-05 from a tape of 2026-07-28', async () => {
  const { sseUrl } = await replay(
    [
      ['c', 0, { id: 0, method: 'tools/list', params: { _meta: modernMeta() } }],
      ['s', 1, { id: 0, result: { tools: [] } }],
      ['c', 2, call(1, 'quick', {}, modernMeta())],
      ['s', 3, text(1, 'at once')],
    ],
    modern,
  );
  const { results } = await legacySession(sseUrl, ['quick']);
  expect(results[1]).toMatchObject({ content: [{ text: 'at once' }] });
});

it('answers on the stream of 2024-11-05, and ends with it', async () => {
  const { url, sseUrl } = await replay([...LINES, ['s', 30, { method: 'notifications/prompts/list_changed' }]]);
  const left = new AbortController();
  const stream = await fetch(sseUrl, { signal: left.signal });
  expect(stream.headers.get('content-type')).toBe('text/event-stream');
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let said = '';
  const read = async (word: string) => {
    while (!said.includes(word)) said += (await reader?.read())?.value ?? '';
  };
  await read('\n\n');
  const [, path = ''] = /^event: endpoint\ndata: (\/messages\?sessionId=[\w-]+)\n\n$/.exec(said) ?? [];
  const messages = new URL(path, url).href;
  const posted = await ask(messages, call(7, 'talk'));
  expect([posted.status, await posted.text()]).toEqual([202, 'Accepted']);
  await read('prompts/list_changed');
  expect([...said.matchAll(/^data: (\{.*)$/gm)].map(([, data]) => JSON.parse(data ?? '').method ?? 'answer')).toEqual([
    'notifications/message',
    'answer',
    'notifications/prompts/list_changed',
  ]);
  expect((await ask(messages.replace(/sessionId=./, 'sessionId=x'), call(8, 'quick'))).status).toBe(404);
  expect((await ask(messages, call(8, 'quick'), { 'content-type': 'text/plain' })).status).toBe(415);
  expect((await ask(messages, call(8, 'quick'), { origin: 'http://evil.example' })).status).toBe(403);
  expect((await fetch(sseUrl, { headers: { origin: 'http://evil.example' } })).status).toBe(403);
  expect((await fetch(sseUrl, { method: 'DELETE' })).status).toBe(405);
  expect((await fetch(messages)).status).toBe(404);
  left.abort();
  await expect.poll(async () => (await ask(messages, call(9, 'quick'))).status).toBe(404);
});

/** Sends one message. The signal gives up waiting for the answer. */
const ask = (url: string, message: object | string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(url, {
    method: 'POST',
    headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json', ...headers },
    body: typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message }),
    ...(signal && { signal }),
  });

const events = async (response: Response) =>
  [...(await response.text()).matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data ?? ''));

/** Reads an endless stream until it holds this. */
async function until(response: Response, word: string): Promise<string> {
  let said = '';
  for await (const chunk of response.body ?? []) {
    said += Buffer.from(chunk).toString();
    if (said.includes(word)) break;
  }
  return said;
}

const LINES: Line[] = [
  ...initialize(),
  ['c', 10, call(1, 'quick')],
  ['s', 11, text(1, 'at once')],
  ['s', 12, { method: 'notifications/tools/list_changed' }],
  ['c', 20, call(2, 'talk')],
  ['s', 21, { method: 'notifications/message', params: { level: 'info', data: 'half' } }],
  ['s', 22, text(2, 'done')],
];

async function opened(url: string): Promise<Record<string, string>> {
  const started = await ask(url, { id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18' } });
  expect([started.status, started.headers.get('content-type')]).toEqual([200, 'application/json']);
  await started.text();
  return { 'mcp-session-id': started.headers.get('mcp-session-id') ?? '' };
}

it('answers with a document, or with events if there is more to send than the answer', async () => {
  const { url } = await replay(LINES);
  const session = await opened(url);
  const quick = await ask(url, call(7, 'quick'), session);
  expect([quick.headers.get('content-type'), await quick.json()]).toEqual([
    'application/json',
    { jsonrpc: '2.0', ...text(7, 'at once') },
  ]);
  const talk = await ask(url, call('t', 'talk'), session);
  expect(talk.headers.get('content-type')).toBe('text/event-stream');
  expect((await events(talk)).map(({ method, id }) => method ?? id)).toEqual(['notifications/message', 't']);
  // Each kind alone, for clients that take no other one.
  const only = await ask(url, call(8, 'quick'), { ...session, accept: 'text/event-stream' });
  expect(await events(only)).toMatchObject([{ id: 8 }]);
  const document = await ask(url, call(9, 'talk'), { ...session, accept: 'application/json' });
  expect(await document.json()).toMatchObject({ id: 9 });
  const accepted = await ask(url, { method: 'notifications/initialized' }, session);
  expect(accepted.status).toBe(202);
});

it('sends messages that belong to no request on the stream of the session, earlier ones included', async () => {
  const { url } = await replay(LINES);
  const session = await opened(url);
  await (await ask(url, call(7, 'quick'), session)).text();
  const stream = await fetch(url, { headers: { ...session, accept: 'text/event-stream' } });
  expect(await until(stream, 'list_changed')).toContain('notifications/tools/list_changed');
});

it('knows its sessions, and ends them', async () => {
  const { url } = await replay(LINES);
  const session = await opened(url);
  expect((await ask(url, call(1, 'quick'))).status).toBe(400);
  expect((await ask(url, call(1, 'quick'), { 'mcp-session-id': 'another' })).status).toBe(404);
  expect((await ask(url, call(1, 'quick'), { ...session, 'mcp-protocol-version': '1.0' })).status).toBe(400);
  expect((await fetch(url, { method: 'DELETE', headers: session })).status).toBe(200);
  expect((await ask(url, call(1, 'quick'), session)).status).toBe(404);
});

it.each([
  ['a page of another site', { origin: 'http://evil.example' }, 403],
  ['a rebound name', { host: 'evil.example' }, 403],
  ['another content type', { 'content-type': 'text/plain' }, 415],
])('refuses %s', async (_what, headers, status) => {
  const { url } = await replay(LINES);
  const { request } = await import('node:http');
  const answer = await new Promise<number | undefined>((resolve, reject) => {
    const all = { 'content-type': 'application/json', ...headers };
    const sent = request(url, { method: 'POST', headers: all }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end('{}');
  });
  expect(answer).toBe(status);
});

it('answers other paths, methods, sizes and texts with an error, and goes on', async () => {
  const { url } = await replay(LINES);
  expect((await ask(url.replace('/mcp', '/other'), call(1, 'quick'))).status).toBe(404);
  expect((await fetch(url, { method: 'PUT' })).status).toBe(405);
  expect((await ask(url, 'x'.repeat(16 * 1024 * 1024 + 1))).status).toBe(413);
  const session = await opened(url);
  expect(await (await ask(url, '{"jsonrpc"', session)).json()).toMatchObject({ error: { code: -32700 } });
  expect((await ask(url, call(1, 'quick'), session)).status).toBe(200);
});

it('plays the tapes of a session one by one', async () => {
  const tapes = ['first', 'second'].map((word) =>
    tapeOf([...initialize(), ['c', 9, call(1, 'which')], ['s', 10, text(1, word)]]),
  );
  const server = await serveHttp(await openRecording(tapes), { port: 0, speed: 'max', note: () => {} });
  onTestFinished(() => server.close());
  const said = [];
  for (const id of [1, 2, 3]) {
    said.push(await (await ask(server.url, call(id, 'which'), await opened(server.url))).json());
  }
  expect(said).toMatchObject(['first', 'second', 'second'].map((word, index) => text(index + 1, word)));
});

it.each([
  [{ 'mcp-protocol-version': '2025-06-18' }, -32020],
  [{ 'mcp-method': 'tools/list' }, -32020],
  [{ 'mcp-name': 'slow' }, -32020],
  [{ 'mcp-name': `=?base64?${Buffer.from('quick').toString('base64')}?=` }, null],
  [{}, null],
])('compares the headers of a modern request with its body: %j', async (different, code) => {
  const { url } = await replay(
    [
      ['c', 0, call(1, 'quick', {}, modernMeta())],
      ['s', 1, text(1, 'at once')],
    ],
    modern,
  );
  const headers = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'quick',
    ...different,
  };
  const response = await ask(url, call(5, 'quick', {}, modernMeta()), headers);
  expect(response.status).toBe(code === null ? 200 : 400);
  expect(await response.json()).toMatchObject(code === null ? text(5, 'at once') : { error: { code } });
});

it('names the revision of a modern tape, has no sessions, and gives up requests whose client has left', async () => {
  const { url } = await replay(
    [
      ['c', 0, call(1, 'hang', {}, modernMeta())],
      ['s', 1, { method: 'notifications/message', params: { level: 'info', data: 'begun' } }],
      ['c', 9, { method: 'notifications/cancelled', params: { requestId: 1 } }],
    ],
    modern,
  );
  const headers = { 'mcp-protocol-version': '2030-01-01', 'mcp-method': 'ping' };
  const other = await ask(url, { id: 1, method: 'ping', params: { _meta: modernMeta('2030-01-01') } }, headers);
  expect(other.status).toBe(400);
  expect(await other.json()).toMatchObject({ error: { data: { supported: ['2026-07-28'], requested: '2030-01-01' } } });
  expect((await fetch(url)).status).toBe(405);
  const left = new AbortController();
  const hanging = await ask(
    url,
    call(1, 'hang', {}, modernMeta()),
    { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'hang' },
    left.signal,
  );
  expect(await until(hanging, 'begun')).toContain('begun');
  left.abort();
  expect((await fetch(url)).status).toBe(405);
});
