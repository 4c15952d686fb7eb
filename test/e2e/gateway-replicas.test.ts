import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, createServer, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRedis, type RedisServer, startRedis } from '../gateway/support/redis-server.js';
import { isInstalled } from '../support/is-installed.js';
import { freePort, listenOnLoopback, untilListening } from '../support/loopback.js';
import type { RunningProgram } from '../support/product/program.js';
import { newSandbox, type Sandbox } from '../support/product.js';

const hasHaproxy = isInstalled('haproxy');

const CLIENTS = 8;
/** Requests that begin up to this long after a kill may still reach the dying process. */
const AFTERMATH_MS = 1_000;
/** The limit of ContextForge, whose clients hang for 30 s when the owner of their session is dead. */
const HANG_MS = 30_000;

interface Call {
  startedAt: number;
  endedAt: number;
  outcome: 'right' | 'wrong' | 'lost';
}

interface Answer {
  status: number;
  session: string | null;
  body: string;
}

let sandbox: Sandbox;
let redis: RedisServer;
const gateways: { port: number; config: string; program: RunningProgram }[] = [];
const cleanups: (() => Promise<unknown> | unknown)[] = [];
let haproxy: Haproxy;
/** Values that upstream has received. */
const executed: string[] = [];

describe.skipIf(!hasRedis || !hasHaproxy)(
  'two gateways behind HAProxy (needs haproxy, and redis-server or valkey-server)',
  () => {
    beforeAll(async () => {
      sandbox = await newSandbox((cleanup) => void cleanups.push(cleanup));
      redis = await startRedis();
      cleanups.push(() => redis[Symbol.asyncDispose]());
      const upstream = await startUpstream();
      const stdio = join(sandbox.cwd, 'stdio.mjs');
      await writeFile(stdio, STDIO_SERVER);
      for (const name of ['a', 'b']) {
        const port = await freePort();
        const config = join(sandbox.cwd, `${name}.json`);
        const routes = {
          sums: { upstreams: [{ url: upstream }] },
          scarce: { upstreams: [{ url: upstream }], rate_limits: { route: { requests: 30, per: '1h' } } },
          local: { upstreams: [{ command: [process.execPath, stdio] }] },
        };
        const shared = { keys: ['a key for two gateways, of 32 bytes'], redis: { url: redis.url, timeout: '500ms' } };
        await writeFile(
          config,
          JSON.stringify({ version: 1, listen: { port }, trusted_proxies: ['127.0.0.0/8'], ...shared, routes }),
        );
        gateways.push({ port, config, program: await startGateway(config) });
      }
      haproxy = await configureHaproxy();
      await haproxy.start();
    });
    afterAll(async () => {
      for (const cleanup of cleanups.reverse()) await cleanup();
    });

    it('hold limits across both exactly', async () => {
      const statuses = await Promise.all(
        Array.from({ length: 90 }, (_, n) => ask('scarce', call(`limit ${n}`)).then(({ status }) => status)),
      );
      expect(statuses.toSorted()).toEqual([...Array(30).fill(200), ...Array(60).fill(429)]);
    });

    it('a killed process costs only its own connections, whichever it is, and no answer is wrong', async () => {
      const load = startLoad();
      await quiet();
      for (const gateway of gateways) {
        const killedAt = performance.now();
        gateway.program.process.kill('SIGKILL');
        await gateway.program.ended;
        await quiet();
        gateway.program = await startGateway(gateway.config);
        await quiet();
        const lost = load.calls.filter(({ outcome, endedAt }) => outcome === 'lost' && endedAt >= killedAt);
        expect(lost.length).toBeLessThanOrEqual(CLIENTS);
        for (const { startedAt } of lost) expect(startedAt - killedAt).toBeLessThan(AFTERMATH_MS);
      }
      const beforeRedis = performance.now();
      await redis.kill();
      await quiet();
      await redis.start();
      await quiet();
      // Nothing depends on Redis.
      expect(load.calls.filter(({ outcome, endedAt }) => outcome === 'lost' && endedAt > beforeRedis)).toEqual([]);
      await haproxy.kill();
      await haproxy.start();
      const restartedAt = performance.now();
      await quiet();
      const calls = await load.stop();
      expect(calls.filter(({ outcome, startedAt }) => outcome === 'right' && startedAt > restartedAt)).not.toEqual([]);
      expect(calls.filter(({ outcome, startedAt }) => outcome === 'lost' && startedAt > restartedAt)).toEqual([]);
      expect(calls.filter(({ outcome }) => outcome === 'wrong')).toEqual([]);
      expect(calls.filter(({ outcome }) => outcome === 'right').length).toBeGreaterThan(200);
      expect(Math.max(...calls.map(({ startedAt, endedAt }) => endedAt - startedAt))).toBeLessThan(HANG_MS / 3);
      // No request was repeated.
      expect(new Set(executed).size).toBe(executed.length);
    });

    it('continue sessions that the other one has opened', async () => {
      const sessions: string[] = [];
      for (let n = 0; n < 6; n++) sessions.push((await ask('sums', INITIALIZE)).session ?? '');
      expect(sessions.every((id) => id.length > 20)).toBe(true);
      const [killed] = gateways;
      killed?.program.process.kill('SIGKILL');
      await killed?.program.ended;
      await quiet();
      for (const [n, session] of sessions.entries()) {
        const { status, body } = await ask('sums', call(`session ${n}`), session);
        expect([status, JSON.parse(body)]).toMatchObject([200, { result: { said: `session ${n}` } }]);
      }
      if (killed) killed.program = await startGateway(killed.config);
      await quiet();
    });

    it('report at once that the session of a child is gone with its process', async () => {
      const [owner, other] = gateways;
      if (!owner || !other) throw new Error('two gateways');
      const { session } = await ask('local', INITIALIZE, null, owner.port);
      expect((await ask('local', call('here'), session, owner.port)).status).toBe(200);
      owner.program.process.kill('SIGKILL');
      await owner.program.ended;
      const started = performance.now();
      expect((await ask('local', call('there'), session, other.port)).status).toBe(404);
      expect(performance.now() - started).toBeLessThan(5_000);
      expect((await ask('local', INITIALIZE, null, other.port)).status).toBe(200);
      owner.program = await startGateway(owner.config);
      await quiet();
    });
  },
);

/** Time for health checks, and for traffic. */
function quiet(): Promise<void> {
  return new Promise((wake) => setTimeout(wake, 1_000));
}

function startLoad() {
  const calls: Call[] = [];
  let isStopped = false;
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let n = 0; !isStopped; n++) {
      const value = `load ${client} ${n}`;
      const startedAt = performance.now();
      const answer = await ask('sums', call(value)).catch(() => null);
      const endedAt = performance.now();
      const isLost = answer === null || answer.status >= 500;
      const outcome = isLost ? 'lost' : JSON.parse(answer.body).result?.said === value ? 'right' : 'wrong';
      calls.push({ startedAt, endedAt, outcome });
      await new Promise((wake) => setTimeout(wake, 10));
    }
  });
  return {
    calls,
    async stop() {
      isStopped = true;
      await Promise.all(clients);
      return calls;
    },
  };
}

const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'load', version: '1' } },
};

function call(value: string) {
  return { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'say', arguments: { value } } };
}

const agent = new Agent({ keepAlive: true, maxSockets: 100 });

/** @param port default: of HAProxy */
function ask(route: string, message: object, session: string | null = null, port = haproxy.port): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(session !== null && { 'mcp-session-id': session }),
    };
    const sent = httpRequest(
      { host: '127.0.0.1', port, path: `/mcp/${route}`, method: 'POST', headers, agent },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('error', reject).on('end', () => {
          const id = response.headers['mcp-session-id'];
          resolve({ status: response.statusCode ?? 0, session: typeof id === 'string' ? id : null, body });
        });
      },
    );
    sent.on('error', reject).end(JSON.stringify(message));
  });
}

async function startGateway(config: string): Promise<RunningProgram> {
  const program = sandbox.start(['gateway', '--config', config]);
  await program.warns('routes=');
  return program;
}

/** An echo server over HTTP, with sessions. It answers after 20 ms. */
async function startUpstream(): Promise<string> {
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { id, method, params } = text === '' ? { id: null, method: null, params: null } : JSON.parse(text);
    if (method === 'tools/call') executed.push(params.arguments.value);
    await new Promise((wake) => setTimeout(wake, 20));
    const result = method === 'tools/call' ? { said: params.arguments.value } : SERVER;
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(method === 'initialize' && { 'mcp-session-id': `s${Math.random()}` }),
    });
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  });
  const { url, close } = await listenOnLoopback(server);
  cleanups.push(close);
  return `${url}/mcp`;
}

const SERVER = {
  protocolVersion: '2025-06-18',
  capabilities: { tools: {} },
  serverInfo: { name: 'echo', version: '1' },
};

const STDIO_SERVER = `import { createInterface } from 'node:readline';
for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  const result = method === 'initialize' ? ${JSON.stringify(SERVER)} : { said: params?.arguments?.value };
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, result }));
}
`;

interface Haproxy {
  port: number;
  start(): Promise<void>;
  kill(): Promise<void>;
}

async function configureHaproxy(): Promise<Haproxy> {
  const port = await freePort();
  const file = join(sandbox.cwd, 'haproxy.cfg');
  const servers = gateways.map(
    ({ port: of }, n) =>
      `  server g${n} 127.0.0.1:${of} check inter 200ms fall 1 rise 1 observe layer4 error-limit 1 on-error mark-down`,
  );
  await writeFile(
    file,
    `defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
  timeout check 10s
  retries 3
  option redispatch 1
  option forwardfor
frontend mcp
  bind 127.0.0.1:${port}
  default_backend gateways
backend gateways
  balance roundrobin
  option httpchk
  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host 127.0.0.1
${servers.join('\n')}
`,
  );
  let program: ChildProcess;
  const kill = async () => {
    program.kill('SIGKILL');
    if (program.exitCode === null && program.signalCode === null) await once(program, 'exit');
  };
  cleanups.push(async () => {
    agent.destroy();
    await kill();
  });
  return {
    port,
    async start() {
      program = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
      await untilListening(port);
      await quiet();
    },
    kill,
  };
}
