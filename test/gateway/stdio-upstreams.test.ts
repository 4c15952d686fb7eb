import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { legacySession, modernSession } from '../mcp/support/sdk-clients.js';
import { runningGateway } from './support/running-gateway.js';
import { call, initialize, type Message, ODD_SERVER } from './support/stdio-target.js';

const SERVER = fileURLToPath(new URL('support/sdk-stdio-server.mjs', import.meta.url));
const LEGACY_TOOLS = ['add', 'fail', 'work', 'ask'];
const MODERN_TOOLS = ['add', 'ask'];

async function served(version: '1' | '2') {
  const command = [process.execPath, SERVER, version];
  const running = await runningGateway({ routes: { sums: { upstreams: [{ command }] } } });
  return { direct: command, through: running.url('sums'), running };
}

describe('a session with a stdio server through the gateway is equal to a direct one', () => {
  it('with the SDK 1.x as client and server', async () => {
    const { direct, through, running } = await served('1');
    const [wanted, given] = [await legacySession(direct, LEGACY_TOOLS), await legacySession(through, LEGACY_TOOLS)];
    expect(given.results).toEqual(wanted.results);
    expect(given.progress).toEqual([{ progress: 1 }]);
    expect(running.factsOf('upstream_error')).toEqual([]);
  });

  it('with the SDK 2.x as client, and a server of 1.x', async () => {
    const { direct, through } = await served('1');
    const [wanted, given] = [await modernSession(direct, LEGACY_TOOLS), await modernSession(through, LEGACY_TOOLS)];
    expect(given.results).toEqual(wanted.results);
    expect(given.progress).toEqual([{ progress: 1 }]);
  });

  it('with the SDK 1.x as client, and a server of 2.x', async () => {
    const { direct, through } = await served('2');
    const [wanted, given] = [await legacySession(direct, ['add']), await legacySession(through, ['add'])];
    expect({ ...given, lines: [] }).toEqual({ ...wanted, lines: [] });
  });

  it('with the SDK 2.x as client and server, of 2026-07-28', async () => {
    const { direct, through } = await served('2');
    const [wanted, given] = [await modernSession(direct, MODERN_TOOLS), await modernSession(through, MODERN_TOOLS)];
    expect(given.protocol).toBe('2026-07-28');
    expect({ ...given, lines: [] }).toEqual({ ...wanted, lines: [] });
  });
});

async function post(url: string, message: Message, session?: string) {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(session !== undefined && { 'mcp-session-id': session }),
    },
    body: JSON.stringify(message),
  });
  return {
    status: response.status,
    text: await response.text(),
    session: response.headers.get('mcp-session-id') ?? '',
  };
}

const odd = { command: [process.execPath, ODD_SERVER] };

describe('sessions of stdio servers', () => {
  it('continue when the configuration is loaded again, and end if their upstream has changed', async () => {
    const running = await runningGateway({ routes: { kept: { upstreams: [odd] }, changed: { upstreams: [odd] } } });
    const [kept, changed] = [running.url('kept'), running.url('changed')];
    const [one, two] = [await post(kept, initialize), await post(changed, initialize)];
    const others = { limits: { first_byte: '1m' }, record: false, auth: { required: false } };
    await running.reload({
      routes: { kept: { upstreams: [odd], ...others }, changed: { upstreams: [{ ...odd, weight: 2 }] } },
    });
    const statuses = [await post(kept, call(1, 'pid'), one.session), await post(changed, call(1, 'pid'), two.session)];
    expect(statuses.map(({ status }) => status)).toEqual([200, 404]);
    await expect.poll(() => running.factsOf('child_ended')).toHaveLength(1);
  });

  it('cancel a call: its stream ends, and the server learns of it', async () => {
    const running = await runningGateway({ routes: { odd: { upstreams: [odd] } } });
    const url = running.url('odd');
    const { session } = await post(url, initialize);
    // The head of the stream says that the call is under way.
    const hanging = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', 'mcp-session-id': session },
      body: JSON.stringify(call(1, 'hang')),
    });
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    expect((await post(url, cancel, session)).status).toBe(202);
    expect(await hanging.text()).toBe('');
    expect((await post(url, call(2, 'cancelled'), session)).text).toContain('"text":"[1]"');
  });

  it('answer 404 at once in another process that has the key (ContextForge #5485)', async () => {
    const [owner, other] = await Promise.all(
      [1, 2].map(() => runningGateway({ routes: { odd: { upstreams: [odd] } } })),
    );
    const { session } = await post(owner?.url('odd') ?? '', initialize);
    expect((await post(other?.url('odd') ?? '', call(1, 'pid'), session)).status).toBe(404);
    expect((await post(owner?.url('odd') ?? '', call(1, 'pid'), session)).status).toBe(200);
  });

  it('fail alone: one whose server died says nothing about the others (agentgateway #3622)', async () => {
    const upstreams = [
      { ...odd, name: 'a' },
      { ...odd, name: 'b' },
    ];
    const running = await runningGateway({ routes: { odd: { upstreams } } });
    const url = running.url('odd');
    const sessions = [];
    for (let count = 0; count < 4; count++) sessions.push((await post(url, initialize)).session);
    const [dying = '', ...others] = sessions;
    expect((await post(url, call(1, 'crash'), dying)).status).toBe(502);
    expect((await post(url, call(2, 'pid'), dying)).status).toBe(404);
    for (const session of others) expect((await post(url, call(3, 'pid'), session)).status).toBe(200);
    expect((await post(url, initialize)).status).toBe(200);
  });

  it('fail alone: a client that makes its own server crash opens no breaker', async () => {
    const running = await runningGateway({
      routes: { odd: { upstreams: [odd], breaker: { min_requests: 3, failure_rate: 0.1 } } },
    });
    const url = running.url('odd');
    const other = (await post(url, initialize)).session;
    const { session } = await post(url, initialize);
    expect((await post(url, call(1, 'crash'), session)).status).toBe(502);
    expect([(await post(url, call(1, 'pid'), other)).status, (await post(url, initialize)).status]).toEqual([200, 200]);
    expect(running.factsOf('breaker')).toEqual([]);
  });
});
