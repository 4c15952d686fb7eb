import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/loopback.js';
import { answers, client, clientEvents, message } from '../support/product/client.js';
import { MAIN, newSandbox, notices, untilTrue } from '../support/product.js';
import {
  brokenAfter,
  failFirst,
  heldAfter,
  overloaded,
  rateLimited,
  type Script,
  say,
  startScriptedApi,
  unauthorized,
} from '../support/scripted-api.js';

const MANY_CONNECTIONS = fileURLToPath(new URL('../support/product/many-connections.mjs', import.meta.url));

async function apiWith(script: Script) {
  const api = await startScriptedApi({ script });
  onTestFinished(() => api.close());
  return api;
}

describe('faults of the upstream', () => {
  it('an API that is down: the command gets a 502 each time, its exit code is kept, and one message reports it', async () => {
    const sandbox = await newSandbox();
    const port = await freePort();
    const requests = [0, 1, 2].map(() => ({ body: message('anybody?') }));
    const ended = await sandbox.run(['wrap', '--', ...client({ requests, exitCode: 9 })], {
      env: { HTTPS_PROXY: `http://127.0.0.1:${port}` },
    });
    expect(ended.exitCode).toBe(9);
    const errors = clientEvents(ended.stdout).filter(({ event }) => event === 'error');
    expect(errors).toMatchObject(Array(3).fill({ code: '502' }));
    const [refused, ...rest] = notices(ended);
    expect(refused).toMatch(new RegExp(`127\\.0\\.0\\.1:${port} refused the connection\\. \\(3 times\\)`));
    expect(rest).toHaveLength(1);
  });

  it('an upstream certificate that nobody trusts reaches the client, which refuses it, and one sentence says why', async () => {
    const sandbox = await newSandbox();
    const api = await apiWith(say('Hello.'));
    const requests = [0, 1].map(() => ({ headers: { 'x-api-key': 'secret' }, body: message('are you it?') }));
    const ended = await sandbox.run(['wrap', '--', ...client({ requests, exitCode: 9 })], {
      env: { HTTPS_PROXY: api.proxyUrl },
    });
    expect(ended.exitCode).toBe(9);
    expect(clientEvents(ended.stdout).map(({ event }) => event)).toEqual(['start', 'error', 'error']);
    expect(api.received).toEqual([]);
    expect(sandbox.stored()).toEqual([]);
    expect(notices(ended).filter((line) => line.includes('not trusted'))).toEqual([
      expect.stringMatching(
        /^The certificate of api\.anthropic\.com:443 is not trusted .*forwarded without being read.*NODE_EXTRA_CA_CERTS/,
      ),
    ]);
  });

  it('a 401, 429 or 529 is stored with status and error, and the command sees the answer', async () => {
    const sandbox = await newSandbox();
    const api = await apiWith(failFirst([unauthorized(), rateLimited(1), overloaded()], () => true, say('Hello.')));
    const requests = [0, 1, 2, 3].map((turn) => ({ body: message(`try ${turn}`) }));
    const ended = await sandbox.run(['wrap', '--', ...client({ requests })], { env: await sandbox.behind(api) });
    expect(answers(ended).map(({ status }) => status)).toEqual([401, 429, 529, 200]);
    expect(answers(ended).map(({ body }) => body)).toEqual(api.received.map(({ answered }) => answered?.body));
    expect(sandbox.stored().map(({ row }) => [row.status, row.error])).toEqual([
      [401, 'authentication_error: invalid x-api-key'],
      [429, 'rate_limit_error: This request would exceed your rate limit.'],
      [529, 'overloaded_error: Overloaded'],
      [200, null],
    ]);
    expect(notices(ended)).toEqual([expect.stringMatching(/^4 requests \(3 failed\), /)]);
    const failed = await sandbox.run(['query', '--status', 'error', '--json']);
    expect(JSON.parse(failed.stdout.toString())).toHaveLength(3);
  });

  it.each(['cut', 'reset'] as const)(
    'a stream that upstream breaks off (%s): the command sees the break, and it is stored as cut off',
    async (ending) => {
      const sandbox = await newSandbox();
      const good = say('Hello, this takes a while to say.');
      const api = await apiWith(async (request) => brokenAfter(900, ending, await good(request)));
      const env = await sandbox.behind(api);
      const command = client({ requests: [{ body: message('go on') }], exitCode: 4 });
      const ended = await sandbox.run(['wrap', '--', ...command], { env });
      expect(ended.exitCode).toBe(4);
      const events = clientEvents(ended.stdout);
      expect(events.map(({ event }) => event)).toEqual(['start', 'tls', 'data', 'error']);
      const [stored] = sandbox.stored();
      expect(stored?.detail).toMatchObject({ state: 'cut_off', status: 200 });
      expect(stored?.row.error).toMatch(/^upstream (closed|reset) the connection in the middle of the response/);
      expect(stored?.responseBody).toEqual(api.received[0]?.answered?.body);
      expect(notices(ended)).toEqual([expect.stringMatching(/^1 request \(1 failed\), /)]);
    },
  );
});

it('connections beyond what the system lets us open are closed, which is reported, and later ones work', async () => {
  const sandbox = await newSandbox();
  const api = await apiWith(say('Hello.'));
  const command = [process.execPath, MAIN, 'wrap', '--', process.execPath, MANY_CONNECTIONS, '60'];
  const ended = await sandbox.startOther(['sh', '-c', 'ulimit -n 100; exec "$@"', 'sh', ...command], {
    env: await sandbox.behind(api),
  }).ended;
  const { opened, last } = JSON.parse(ended.stdout.toString());
  expect(opened).toBeGreaterThan(10);
  expect(opened).toBeLessThan(60);
  expect({ last, exitCode: ended.exitCode }).toEqual({ last: true, exitCode: 6 });
  expect(notices(ended)).toContainEqual(
    expect.stringMatching(/ claude-trace has too many open files; .*`ulimit -n`\./),
  );
});

describe('a process that is killed in the middle of a stream', () => {
  /** An API that sends the beginning of a stream and holds the rest back. */
  async function heldStream() {
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const good = say('Hello, this takes a while to say.');
    const api = await apiWith(async (request) => {
      const reply = await good(request);
      return request.body.includes('hold') ? heldAfter(600, released, reply) : reply;
    });
    onTestFinished(() => release());
    return api;
  }

  it('the request of a killed command is stored as aborted with what had arrived, and claude-trace ends by the same signal', async () => {
    const sandbox = await newSandbox();
    const api = await heldStream();
    const program = sandbox.start(['wrap', '--', ...client({ requests: [{ body: message('hold') }] })], {
      env: await sandbox.behind(api),
    });
    const [started] = clientEvents(await program.says('"data"'));
    if (started?.event !== 'start') throw new Error('unreachable');
    process.kill(started.pid, 'SIGKILL');
    const ended = await program.ended;
    expect(ended).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
    const [stored] = sandbox.stored();
    expect(stored?.detail).toMatchObject({ state: 'aborted', status: 200 });
    expect(stored?.row.error).toMatch(/^the client .* in the middle of the response/);
    expect(stored?.responseBody?.length).toBeGreaterThan(0);
  });

  it('after claude-trace was killed, the next start marks the open request as interrupted, and complete ones are whole', async () => {
    const sandbox = await newSandbox();
    const api = await heldStream();
    const env = await sandbox.behind(api);
    const requests = [{ body: message('first') }, { body: message('hold') }];
    const program = sandbox.start(['wrap', '--live', '--', ...client({ requests })], { env });
    await program.says('"data","index":1');
    // The row of an open request is there for everybody before its answer ends.
    await untilTrue(() => sandbox.stored().length === 2);
    program.process.kill('SIGKILL');
    const killed = await program.ended;
    expect(killed.signal).toBe('SIGKILL');
    expect(clientEvents(killed.stdout).at(-1)?.event).toBe('error');
    expect(sandbox.stored().map(({ detail }) => detail.state)).toEqual(['complete', 'open']);

    expect((await sandbox.run(['wrap', '--', 'true'])).exitCode).toBe(0);
    expect(sandbox.stored().map(({ detail }) => detail.state)).toEqual(['complete', 'interrupted']);
    const rows = await sandbox.run(['query', '--status', 'interrupted', '--json']);
    expect(JSON.parse(rows.stdout.toString())).toMatchObject([
      { status: null, error: expect.stringContaining('interrupted') },
    ]);
    expect(sandbox.stored().map(({ detail }) => detail.requestBody.sha256)).toEqual(
      api.received.map(({ sha256 }) => sha256),
    );
    expect((await sandbox.run(['doctor'])).stdout.toString()).toContain('1 requests were interrupted by a crash');
  });
});
