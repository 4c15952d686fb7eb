import type { IncomingMessage } from 'node:http';
import { request as plainRequest } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import { tunnelAgent } from '../../src/demo/played/tunnel.js';
import {
  askForCredentials,
  brokenAfter,
  decoded,
  encoded,
  errorReply,
  failFirst,
  heldAfter,
  overloaded,
  rateLimited,
  type Script,
  type ScriptedApi,
  say,
  startScriptedApi,
  withCredentials,
} from '../support/scripted-api.js';

const open: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function start(...[options]: Parameters<typeof startScriptedApi>): Promise<ScriptedApi> {
  const api = await startScriptedApi(options);
  open.push(() => api.close());
  return api;
}

const BODY = { model: 'claude-sonnet-4-5', stream: true, messages: [{ role: 'user', content: 'Good morning' }] };

interface Answer {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** Posts a message to the API; by TLS directly unless the options say otherwise. */
function ask(api: ScriptedApi, options: RequestOptions = {}, body: object = BODY): Promise<Answer> {
  const send = options.protocol === 'http:' ? plainRequest : request;
  const direct = { host: '127.0.0.1', port: api.port, servername: 'api.anthropic.com', ca: api.caPem };
  return new Promise((resolve, reject) => {
    const headers = { host: 'api.anthropic.com' };
    const sending = send({ ...direct, method: 'POST', path: '/v1/messages', headers, ...options }, (response) => {
      response.toArray().then((chunks: Buffer[]) => {
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) });
      }, reject);
    });
    sending.once('error', reject);
    sending.end(JSON.stringify(body));
  });
}

describe('startScriptedApi', () => {
  it('answers TLS for any host name with a certificate of its own authority', async () => {
    const api = await start({ script: say('Fresh rolls.') });
    const answer = await ask(api);
    expect(answer.body.toString()).toContain('Fresh rolls.');
    const elsewhere = { servername: 'example.org', headers: { host: 'example.org' } };
    expect((await ask(api, elsewhere)).status).toBe(404);
  });

  it('answers plain HTTP on the same port', async () => {
    const api = await start({ script: say('Fresh rolls.') });
    const answer = await ask(api, { protocol: 'http:', headers: { host: `127.0.0.1:${api.port}` } });
    expect(answer.status).toBe(200);
    expect(api.received[0]?.encrypted).toBe(false);
  });

  it('answers a CONNECT itself, as an inspecting company proxy does, and asks for credentials', async () => {
    const script = say('Fresh rolls.');
    const api = await start({ script, answerConnect: askForCredentials('baker', 'p@ss') });
    await expect(tunnelAgent(new URL(api.proxyUrl), 'api.anthropic.com')).rejects.toThrow('407');
    expect(api.received).toEqual([]);
    const proxy = new URL(withCredentials(api, 'baker', 'p@ss'));
    const agent = await tunnelAgent(proxy, 'api.anthropic.com', api.caPem);
    open.push(() => agent.destroy());
    expect((await ask(api, { agent })).status).toBe(200);
    expect(api.connects.map(({ target }) => target)).toEqual(['api.anthropic.com:443', 'api.anthropic.com:443']);
  });

  it('keeps what it received: exact bytes, raw headers, and which requests shared a connection', async () => {
    const api = await start({ script: say('Yes.') });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    open.push(() => agent.destroy());
    const headers = { host: 'api.anthropic.com', 'X-Odd-Case': 'kept' };
    await ask(api, { agent, headers });
    await ask(api, { agent });
    await ask(api);
    const [first, second, third] = api.received;
    expect(first?.body.toString()).toBe(JSON.stringify(BODY));
    expect(first?.headers).toContainEqual(['X-Odd-Case', 'kept']);
    expect(second?.connection).toBe(first?.connection);
    expect(third?.connection).not.toBe(first?.connection);
  });

  it('counts tokens as it bills them', async () => {
    const api = await start({ script: say('Yes.') });
    const counted: unknown = JSON.parse((await ask(api, { path: '/v1/messages/count_tokens' })).body.toString());
    const billed: unknown = JSON.parse((await ask(api, {}, { ...BODY, stream: false })).body.toString());
    expect(billed).toMatchObject({ usage: counted });
  });

  it('reports an error in the script', async () => {
    const script: Script = () => {
      throw new Error('no flour');
    };
    expect((await ask(await start({ script }))).body.toString()).toContain('no flour');
  });
});

describe('faults', () => {
  it('answers the first requests with errors, then as usual', async () => {
    const script = failFirst([rateLimited(1), overloaded()], ({ path }) => path === '/v1/messages', say('Yes.'));
    const api = await start({ script });
    const answers = [await ask(api), await ask(api), await ask(api)];
    expect(answers.map(({ status }) => status)).toEqual([429, 529, 200]);
    expect(answers[0]?.headers['retry-after']).toBe('1');
  });

  it.each(['cut', 'reset'] as const)('breaks a stream in the middle of an event (%s)', async (ending) => {
    const script: Script = async (request) => brokenAfter(100, ending, await say('A long answer.')(request));
    await expect(ask(await start({ script }))).rejects.toThrow(/aborted|ECONNRESET|hang up/);
  });

  it('breaks a reply that has a length', async () => {
    const script: Script = () => ({ ...errorReply(500, 'api_error', 'Half a sentence'), ending: 'cut' });
    await expect(ask(await start({ script }))).rejects.toThrow(/aborted|hang up/);
  });

  it('holds a stream until the test releases it', async () => {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const order: string[] = [];
    const script: Script = async (request) => heldAfter(50, released, await say('A long answer.')(request));
    const asked = ask(await start({ script, onRequest: () => order.push('asked') })).then((answer) => {
      order.push('answered');
      return answer;
    });
    setImmediate(() => {
      order.push('released');
      release();
    });
    expect((await asked).body.toString()).toContain('message_stop');
    expect(order.indexOf('answered')).toBe(2);
  });

  it.each(['gzip', 'br', 'deflate', 'zstd'] as const)('sends %s, streamed and at once', async (encoding) => {
    const script: Script = async (request) => encoded(await say('Rolls.')(request), encoding);
    const api = await start({ script });
    for (const stream of [true, false]) {
      const answer = await ask(api, {}, { ...BODY, stream });
      expect(answer.headers['content-encoding']).toBe(encoding);
      expect(decoded(answer.body, encoding).toString()).toContain('Rolls.');
    }
  });
});
