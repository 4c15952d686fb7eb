import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Speed } from '../../../src/mcp/replay/clock.js';
import type { ReplayedRequest } from '../../../src/model/replayed-request.js';
import { recordedApi } from '../../../src/scripted/recorded/recorded-api.js';
import { readRecordedSession } from '../../../src/scripted/recorded/recorded-session.js';
import { type ScriptedApi, startScriptedApi } from '../../../src/scripted/scripted-api.js';
import { openReader, type Reader } from '../../../src/store/index.js';
import { aBody, aRequest, aResponse } from '../../store/support/records.js';
import { startedStore } from '../../store/support/started-store.js';

const SESSION = 'f0b1c2d3-0000-4000-8000-000000000001';
const TOOLS = [{ name: 'Read' }];
const prompt = (content: string) => ({ role: 'user', content });

function stream(text: string): string {
  const events = [
    {
      type: 'message_start',
      message: { id: `msg_${text}`, role: 'assistant', model: 'claude-a', usage: { input_tokens: 3 } },
    },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } },
    { type: 'message_stop' },
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

type Parts = { request?: object; response?: object; body: object | null; answer: string | Buffer };

/** A recorded session of these exchanges, a second apart, served again. */
async function served(exchanges: readonly Parts[], speed: Speed = 'max') {
  const { file, store, run } = startedStore();
  exchanges.forEach(({ request: ofRequest, response, body, answer }, index) => {
    const initiated = Date.now() + index * 1_000;
    const timestamps = { ...aRequest(run.id).timestamps, initiated, received: initiated };
    const request = aRequest(run.id, { body: aBody(JSON.stringify(body)), timestamps, ...ofRequest });
    store.saveRequest(request);
    store.saveResponse(aResponse(request, { body: aBody(answer), ...response }), null);
  });
  store.close();
  reader = openReader(file);
  const session = readRecordedSession(reader, SESSION);
  const requests: ReplayedRequest[] = [];
  const isApiHost = (host: string) => host.startsWith('127.0.0.1:');
  api = await startScriptedApi({
    script: recordedApi({ reader, session, speed, isApiHost, onRequest: (request) => requests.push(request) }),
    keepsRequests: false,
  });
  const ask = (body: object, path = '/v1/messages?beta=true', headers: Record<string, string> = {}) =>
    fetch(`${api?.url}${path}`, { method: 'POST', body: JSON.stringify(body), headers });
  return { ask, requests, session };
}

let api: ScriptedApi | null = null;
let reader: Reader | null = null;
beforeEach(() => {
  [api, reader] = [null, null];
});
afterEach(async () => {
  await api?.close();
  reader?.close();
});

const body = (text: string, more: object = {}) => ({
  ...{ model: 'claude-a', stream: true, tools: TOOLS, messages: [prompt(text)] },
  ...more,
});

describe('a recorded session as an API', () => {
  it('answers with the recorded bytes of a stream, without its content coding', async () => {
    const { ask, requests } = await served([
      {
        body: body('Hello there'),
        answer: gzipSync(stream('Good morning')),
        response: {
          headers: [
            ['content-type', 'text/event-stream'],
            ['content-encoding', 'gzip'],
            ['request-id', 'req_recorded'],
            ['anthropic-ratelimit-requests-remaining', '12'],
            ['set-cookie', 'secret'],
          ],
        },
      },
    ]);
    const answer = await ask(body('Hello there'));

    expect(await answer.text()).toBe(stream('Good morning'));
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/event-stream',
      'request-id': 'req_recorded',
      'anthropic-ratelimit-requests-remaining': '12',
    });
    expect([...answer.headers.keys()]).not.toContain('set-cookie');
    expect(requests).toEqual([
      {
        endpoint: 'messages',
        match: 'equal',
        recorded: expect.stringMatching(/^req_/),
        differences: [],
        problem: null,
      },
    ]);
  });

  it('repeats errors in their order, without the recorded waits', async () => {
    const error = JSON.stringify({ type: 'error', error: { type: 'rate_limit_error', message: 'Slow down.' } });
    const limited = {
      status: 429,
      headers: [
        ['content-type', 'application/json'],
        ['retry-after', '60'],
      ],
    };
    const { ask } = await served([
      { body: body('Hello'), answer: error, response: limited },
      { body: body('Hello'), answer: stream('Hi') },
    ]);
    const first = await ask(body('Hello'));

    expect([first.status, first.headers.get('retry-after'), await first.text()]).toEqual([429, '0', error]);
    expect(await (await ask(body('Hello'))).text()).toBe(stream('Hi'));
  });

  it('answers counts and other requests of its runs, and nothing that was not recorded', async () => {
    const other = { kind: 'other', method: 'GET', sessionId: null };
    const { ask, requests } = await served([
      { body: null, answer: '{"flag":1}', request: { ...other, url: 'https://api.anthropic.com/api/flags?x=1' } },
      {
        body: body('Hello'),
        answer: '{"input_tokens":12}',
        request: { kind: 'count_tokens', url: 'https://api.anthropic.com/v1/messages/count_tokens' },
        response: { headers: [['content-type', 'application/json']] },
      },
    ]);
    const get = (path: string) => fetch(`${api?.url}${path}`);

    expect(await (await ask(body('Hello'), '/v1/messages/count_tokens')).json()).toEqual({ input_tokens: 12 });
    expect(await (await get('/api/flags?x=2')).json()).toEqual({ flag: 1 });
    expect((await get('/api/oauth/profile')).status).toBe(404);
    expect((await get('/api/hello')).status).toBe(200);
    expect(requests.map(({ endpoint }) => endpoint)).toEqual(['count_tokens']);
  });

  it('names a difference once, and says what it expected instead of a request without an answer', async () => {
    const { ask, requests } = await served([{ body: body('Find the bug in it'), answer: stream('Found') }]);
    const client = { 'x-claude-code-session-id': 'one' };
    for (const headers of [client, client, { 'x-claude-code-session-id': 'two' }]) {
      expect((await ask(body('Find a bug in it'), undefined, headers)).status).toBe(200);
    }
    const missed = await ask(body('Write a poem'));

    const turn = { in: 'turn', turn: 1, role: 'user', tools: [] };
    expect(requests.map(({ match, differences }) => [match, differences])).toEqual([
      ['similar', [turn]],
      ['similar', []],
      ['similar', [turn]],
      ['none', []],
    ]);
    expect([missed.status, missed.headers.get('x-should-retry'), await missed.json()]).toEqual([
      400,
      'false',
      { type: 'error', error: { type: 'invalid_request_error', message: requests.at(-1)?.problem } },
    ]);
    expect(requests.at(-1)?.problem).toMatch(
      /ends with "Write a poem"; req_\w+ has 1 turn and ends with "Find the bug in it"\.$/,
    );
  });

  it('cuts a stream where it was cut, and leaves one open that the client stopped', async () => {
    const whole = stream('Hello');
    const { ask } = await served([
      { body: body('Cut'), answer: whole.slice(0, 200), response: { state: 'cut_off' } },
      { body: body('Stop'), answer: whole.slice(0, 200), response: { state: 'aborted' } },
    ]);

    await expect((await ask(body('Cut'))).text()).rejects.toThrow();
    const open = (await ask(body('Stop'))).body?.getReader();
    const { value } = (await open?.read()) ?? {};
    expect(Buffer.from(value ?? []).toString()).toBe(whole.slice(0, 200));
    const more = await Promise.race([open?.read(), new Promise((resolve) => setTimeout(resolve, 100, 'still open'))]);
    expect(more).toBe('still open');
    await open?.cancel();
  });

  it('changes between a message and a stream, as the client asks for it', async () => {
    const json = {
      ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-a', stop_reason: 'end_turn' },
      ...{ content: [{ type: 'text', text: 'Plain' }], usage: { input_tokens: 1, output_tokens: 2 } },
    };
    const plain = { headers: [['content-type', 'application/json']] };
    const { ask } = await served([
      { body: body('Stream'), answer: stream('Streamed') },
      { body: body('Json'), answer: JSON.stringify(json), response: plain },
    ]);

    expect(await (await ask(body('Stream', { stream: false }))).json()).toMatchObject({
      ...{ id: 'msg_Streamed', content: [{ type: 'text', text: 'Streamed' }], stop_reason: 'end_turn' },
      usage: { output_tokens: 42 },
    });
    expect(await (await ask(body('Json'))).text()).toMatch(
      /^event: message_start\n[\s\S]*"text_delta","text":"Plain"[\s\S]*message_stop/,
    );
  });

  it('answers in the time that the recording took, times its speed', async () => {
    const { ask } = await served([{ body: body('Hello'), answer: stream('Good morning') }], 5);
    const start = performance.now();
    await (await ask(body('Hello'))).text();

    // Recorded: 900.5 ms.
    expect(performance.now() - start).toBeGreaterThan(175);
  });

  it('is not served under another name, which a page in a browser could give it', async () => {
    const { ask } = await served([{ body: body('Hello'), answer: stream('Hi') }]);
    if (api === null) throw new Error('unreachable');
    const { port } = api;
    const { status } = await new Promise<{ status: number }>((resolve, reject) => {
      import('node:http').then(({ request }) => {
        const given = { port, path: '/v1/messages', method: 'POST', headers: { host: `rebound.example:${port}` } };
        const sent = request(given, (answer) => resolve({ status: answer.statusCode ?? 0 }));
        sent.on('error', reject);
        sent.end(JSON.stringify(body('Hello')));
      }, reject);
    });

    expect(status).toBe(403);
    expect((await ask(body('Hello'))).status).toBe(200);
  });

  it('leaves out requests without an answer', async () => {
    const none = { state: 'failed', status: null, body: aBody(), headers: [] };
    const { session } = await served([
      { body: body('Hello'), answer: '', response: none },
      { body: body('Hello'), answer: stream('Hi') },
    ]);

    expect([session.requests.length, session.unanswered]).toEqual([1, 1]);
  });
});
