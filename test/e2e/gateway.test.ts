import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openReaderOrEmpty } from '../../src/store/index.js';
import { MCP_HEADERS, scriptedUpstream } from '../gateway/support/raw-http.js';
import { legacySession } from '../mcp/support/sdk-clients.js';
import { served, streamableServer } from '../mcp/support/sdk-http-servers.js';
import { everythingStored } from '../support/product/everything-stored.js';
import { MAIN, newSandbox } from '../support/product.js';

it('a gateway runs, records, reads its configuration again, and stops at a signal', async () => {
  const sandbox = await newSandbox();
  const upstream = await served(streamableServer([]));
  const file = join(sandbox.cwd, 'gateway.yaml');
  const configure = (more = '') =>
    writeFile(
      file,
      `version: 1\nlisten: { port: 0 }\nrecord: true\n${more}routes:\n  sums: { upstreams: [{ url: "${upstream}" }] }\naudit: { file: audit.jsonl }\n`,
    );
  await configure();
  expect((await sandbox.run(['gateway', 'check'])).stdout.toString()).toBe(
    'gateway.yaml: valid, 1 route, 1 upstream.\n',
  );
  await configure('rules: rules.yaml\n');
  const checked = async () => JSON.parse((await sandbox.run(['gateway', 'check', '--json'])).stdout.toString());
  const rules = join(sandbox.cwd, 'rules.yaml');
  expect(await checked()).toMatchObject({ valid: false, problems: [{ file: 'gateway.yaml', line: 4, path: 'rules' }] });
  await writeFile(rules, 'version: 1\nrules: [{ id: a, then: [{ tag: x }], thn: [] }]\n');
  expect(await checked()).toMatchObject({ valid: false, problems: [{ file: rules, line: 2, path: 'rules[0].thn' }] });
  await configure('tls: { cert: none.pem, key: none.pem }\n');
  expect(await checked()).toMatchObject({
    valid: false,
    problems: [{ line: 4, path: 'tls.cert' }, { path: 'tls.key' }],
  });
  await configure();
  const gateway = sandbox.start(['gateway', '--config', file]);
  const [, url = ''] = /started address=(\S+)/.exec(await gateway.warns('routes=')) ?? [];
  const { results } = await legacySession(`${url}/mcp/sums`, ['add', 'ask']);
  expect(results[1]).toMatchObject({ content: [{ text: '3' }] });

  const top = await sandbox.run(['gateway', 'top', '--config', file, '--url', url, '--json']);
  expect(JSON.parse(top.stdout.toString())).toMatchObject({
    routes: [{ route: 'sums', failed_share: 0 }],
    tools: [{ tool: 'add', calls: 1 }, { tool: 'ask' }],
  });

  await configure('listn: 1\n');
  gateway.process.kill('SIGHUP');
  await gateway.warns('did you mean listen?');
  await configure('origins: [https://app.example.com]\n');
  gateway.process.kill('SIGHUP');
  await gateway.warns('changed=origins');

  gateway.process.kill('SIGTERM');
  expect((await gateway.ended).exitCode).toBe(0);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  const audited = (await readFile(join(sandbox.cwd, 'audit.jsonl'), 'utf8')).trim().split('\n');
  expect(audited.map((line) => JSON.parse(line)).filter(({ type }) => type === 'reload')).toMatchObject([
    { outcome: 'failed', message: expect.stringContaining('listn') },
    { outcome: 'ok', changed: ['origins'] },
  ]);
  const reader = openReaderOrEmpty(sandbox.database);
  onTestFinished(() => reader.close());
  expect(reader.mcpConnections()).toMatchObject([{ name: 'sums', transport: 'http', protocol: '2025-11-25' }]);
  expect(reader.mcpCalls()).toMatchObject([
    { name: 'ask', state: 'ok' },
    { name: 'add', state: 'ok' },
  ]);
});

it('a gateway records as its last reload says: routes, and secrets of their servers', async () => {
  const sandbox = await newSandbox();
  const upstream = await served(streamableServer([]));
  const file = join(sandbox.cwd, 'gateway.yaml');
  const configure = (record: boolean, routes: Record<string, object>) => {
    const all = Object.entries(routes).map(
      ([name, { upstream: more = {}, ...route }]: [string, { upstream?: object }]) => [
        name,
        { upstreams: [{ url: upstream, ...more }], ...route },
      ],
    );
    return writeFile(
      file,
      JSON.stringify({ version: 1, listen: { port: 0 }, record, routes: Object.fromEntries(all) }),
    );
  };
  await configure(false, { sums: {} });
  const gateway = sandbox.start(['gateway', '--config', file]);
  const [, url = ''] = /started address=(\S+)/.exec(await gateway.warns('routes=')) ?? [];
  await legacySession(`${url}/mcp/sums`, ['add']);
  let reloads = 0;
  const reload = async (...configuration: Parameters<typeof configure>) => {
    await configure(...configuration);
    gateway.process.kill('SIGHUP');
    const done = `claude_trace_gateway_reloads_total{outcome="ok"} ${++reloads}\n`;
    await expect.poll(async () => (await fetch(`${url}/metrics`)).text()).toContain(done);
  };
  await reload(true, { sums: {} });
  await legacySession(`${url}/mcp/sums`, ['ask']);
  // Another route, and one that is no longer recorded.
  await reload(true, { sums: { record: false }, more: {} });
  await legacySession(`${url}/mcp/sums`, ['add']);
  await legacySession(`${url}/mcp/more`, ['ask']);
  const secret = 'zorblax-0123456789';
  const [token, password] = ['zorblax-of-bearer', 'zorblax-of-basic'];
  const headers = { 'x-key': secret, 'x-token': `Bearer ${token}` };
  await reload(true, { more: { upstream: { headers, credentials: { basic: { user: 'me', password } } } } });
  const repeated = [secret, token, password, Buffer.from(`me:${password}`).toString('base64')];
  await legacySession(`${url}/mcp/more`, repeated);
  gateway.process.kill('SIGTERM');
  expect((await gateway.ended).exitCode).toBe(0);
  const reader = openReaderOrEmpty(sandbox.database);
  onTestFinished(() => reader.close());
  expect(reader.mcpConnections().map(({ name }) => name)).toEqual(['more', 'more', 'sums']);
  const redacted = repeated.map(() => expect.stringContaining('[redacted:'));
  expect(reader.mcpCalls().map(({ name }) => name)).toEqual([...redacted, 'ask', 'ask']);
  const stored = await everythingStored(sandbox);
  for (const each of repeated) expect(stored).not.toContain(each);
});

it('what an upstream repeats of the tokens and headers that it got is not stored', async () => {
  const sandbox = await newSandbox();
  const [obtained, forwarded, made] = ['zorblax-of-token-endpoint', 'zorblax-of-the-client', 'zorblax-of-a-rule'];
  const client = { client_id: 'me', client_secret: 'zorblax-of-me' };
  const { url: upstream } = await scriptedUpstream((response, { body, headers }) => {
    response.setHeader('content-type', 'application/json');
    if (body.startsWith('grant_type')) {
      return response.end(JSON.stringify({ access_token: obtained, token_type: 'bearer', expires_in: 60 }));
    }
    const { authorization, 'x-auth-token': key, 'x-access-token': token } = headers;
    const text = `I was sent ${authorization}, ${key} and ${token}.`;
    const content = [{ type: 'text', text }];
    return response.end(JSON.stringify({ jsonrpc: '2.0', id: JSON.parse(body).id, result: { content } }));
  });
  const rules = `version: 1\nrules: [{ id: mark, when: { method: tools/call }, then: [{ set_header: { x-access-token: ${made} } }] }]\n`;
  await writeFile(join(sandbox.cwd, 'rules.yaml'), rules);
  const credentials = { client_credentials: { token_endpoint: upstream, ...client } };
  const upstreams = [{ url: upstream, forward_headers: ['x-auth-token'], credentials }];
  const file = join(sandbox.cwd, 'gateway.yaml');
  const common = { version: 1, listen: { port: 0 }, record: true, rules: 'rules.yaml' };
  await writeFile(file, JSON.stringify({ ...common, routes: { echo: { upstreams } } }));
  const gateway = sandbox.start(['gateway', '--config', file]);
  const [, url = ''] = /started address=(\S+)/.exec(await gateway.warns('routes=')) ?? [];
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'echo', arguments: { forwarded } } };
  const headers = { ...MCP_HEADERS, 'x-auth-token': forwarded };
  const answer = await fetch(`${url}/mcp/echo`, { method: 'POST', headers, body: JSON.stringify(call) });
  expect(await answer.text()).toContain(`I was sent Bearer ${obtained}, ${forwarded} and ${made}.`);
  gateway.process.kill('SIGTERM');
  expect((await gateway.ended).exitCode).toBe(0);
  const stored = await everythingStored(sandbox);
  expect(stored).toMatch(/I was sent Bearer (\[redacted:\w+\]), (?!\1)\[redacted:\w+\] and (?!\1)\[redacted:\w+\]\./);
  for (const each of [obtained, forwarded, made]) expect(stored).not.toContain(each);
});

it('a gateway whose log is not read answers, counts what it drops, and ends at a signal', async () => {
  const sandbox = await newSandbox();
  const file = join(sandbox.cwd, 'gateway.yaml');
  await writeFile(
    file,
    'version: 1\nlisten: { port: 0 }\nlog: { level: debug }\nroutes:\n  sums: { upstreams: [{ url: "http://127.0.0.1:9/mcp" }] }\n',
  );
  const gateway = sandbox.start(['gateway', '--config', file]);
  const [, url = ''] = /started address=(\S+)/.exec(await gateway.warns('routes=')) ?? [];
  gateway.process.stderr.pause();
  const ask = (path: string) => fetch(`${url}${path}`).then((answer) => answer.text());
  const asked = async (path: string) => {
    for (let n = 0; n < 50; n++) expect(await ask(path)).toContain('Not Found');
  };
  // Until the lines are more than the pipe and the gateway hold.
  await expect
    .poll(
      async () => {
        await Promise.all(Array.from({ length: 20 }, () => asked('/nowhere')));
        return /problems_total\{part="log"\} \d+/.exec(await ask('/metrics'))?.[0];
      },
      { timeout: 30_000 },
    )
    .toBe('problems_total{part="log"} 1');
  const exit = once(gateway.process, 'exit');
  gateway.process.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
  gateway.process.stderr.resume();
});

it('a gateway with too many open files closes connections, blames no server for it, and answers later ones', async () => {
  const sandbox = await newSandbox();
  // Without a name: it is not found where no file can be opened.
  const upstream = (await served(streamableServer([]))).replace('localhost', '127.0.0.1');
  const file = join(sandbox.cwd, 'gateway.yaml');
  await writeFile(file, `version: 1\nlisten: { port: 0 }\nroutes:\n  sums: { upstreams: [{ url: "${upstream}" }] }\n`);
  const command = [process.execPath, MAIN, 'gateway', '--config', file];
  const gateway = sandbox.startOther(['sh', '-c', 'ulimit -n 80; exec "$@"', 'sh', ...command]);
  const [, url = ''] = /started address=(\S+)/.exec(await gateway.warns('routes=')) ?? [];
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
  const head = `POST /mcp/sums HTTP/1.1\r\nHost: ${hostname}\r\nAccept: application/json, text/event-stream\r\n`;
  const request = `${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const sockets = Array.from({ length: 120 }, () => connect({ host: hostname, port: Number(port) }));
  for (const socket of sockets) socket.on('error', () => {}).write(request);
  /** The beginning of its answer; empty without one. */
  const answered = (socket: Socket) =>
    new Promise<string>((resolve) => {
      socket.once('data', (bytes) => resolve(bytes.toString())).once('close', () => resolve(''));
    });
  const outcomes = await Promise.all(sockets.map(answered));
  expect(outcomes).toContain('');
  for (const socket of sockets) socket.destroy();
  await expect
    .poll(async () => (await legacySession(`${url}/mcp/sums`, ['add']).catch(() => null))?.results[1])
    .toMatchObject({
      content: [{ text: '3' }],
    });
  gateway.process.kill('SIGTERM');
  const ended = await gateway.ended;
  expect(ended.exitCode).toBe(0);
  expect(ended.stderr.toString()).not.toContain('breaker');
});
