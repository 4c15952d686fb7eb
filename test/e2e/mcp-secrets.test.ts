import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { jsonReply, type Reply } from '../../src/scripted/reply.js';
import { openReaderOrEmpty, readDatabase } from '../../src/store/index.js';
import { answers, client } from '../support/product/client.js';
import { everythingStored } from '../support/product/everything-stored.js';
import { newSandbox, type Sandbox } from '../support/product.js';
import { type ReceivedRequest, startScriptedApi } from '../support/scripted-api.js';

const SECRETS = {
  env: 'zorblax-env-0123456789',
  header: 'zorblax-header-0123456789',
  url: 'zorblax-url-0123456789',
  clientSecret: 'zorblax-client-0123456789',
  code: 'zorblax-code-0123456789',
  verifier: 'zorblax-verifier-0123456789',
  access: 'zorblax-access-0123456789',
  refresh: 'zorblax-refresh-0123456789',
  session: 'zorblax-session-0123456789',
};
const ALL = Object.values(SECRETS);
const EVENTS = { 'content-type': 'text/event-stream' };
const HEADERS = {
  accept: 'application/json, text/event-stream',
  authorization: `Bearer ${SECRETS.access}`,
  'x-team': SECRETS.header,
};
const IN_SESSION = { ...HEADERS, 'mcp-session-id': SECRETS.session };

const rpc = (message: object) => JSON.stringify({ jsonrpc: '2.0', ...message });
const event = (message: object) => `data: ${rpc(message)}\n\n`;
/** Names are kept to 512 characters: these end inside a secret. */
const LONG_NAMES = ALL.map((secret) => `${'n'.repeat(500)}${secret}`);

/** A server that gives out tokens at a path of its own, and repeats all that it knows. */
function answer({ method, path, body }: ReceivedRequest): Reply {
  if (path.startsWith('/register')) return jsonReply(201, { client_id: 'x', client_secret: SECRETS.clientSecret });
  if (path.startsWith('/signin')) {
    return { status: 302, headers: { location: `http://localhost/callback?code=${SECRETS.code}` }, body: '' };
  }
  if (path.startsWith('/exchange')) {
    return jsonReply(200, { access_token: SECRETS.access, refresh_token: SECRETS.refresh, token_type: 'Bearer' });
  }
  if (path.startsWith('/sse')) {
    const echo = { method: 'notifications/message', params: { data: ALL } };
    return {
      status: 200,
      headers: EVENTS,
      body: `event: endpoint\ndata: /post?sessionId=${SECRETS.session}\n\n${event(echo)}`,
    };
  }
  if (method !== 'POST' || body.length === 0) return jsonReply(401, { error: 'invalid_token' });
  const { id, ...message } = JSON.parse(body.toString());
  if (message.method === 'initialize') {
    const serverInfo = { name: SECRETS.access, version: SECRETS.header };
    const result = { protocolVersion: '2025-11-25', serverInfo, instructions: ALL.join(' ') };
    return jsonReply(200, { jsonrpc: '2.0', id, result }, { 'mcp-session-id': SECRETS.session });
  }
  if (message.method === 'tools/list') {
    const tools = LONG_NAMES.map((name) => ({ name, description: ALL.join(' '), inputSchema: { default: ALL } }));
    const packed = gzipSync(rpc({ id, result: { tools } }));
    return { status: 200, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' }, body: packed };
  }
  const text = rpc({ id, result: { content: [{ type: 'text', text: ALL.join('\n') }], structuredContent: { ALL } } });
  const parts = [event({ method: 'notifications/progress', params: { progressToken: ALL[0], message: ALL[1] } })];
  // One piece ends in the middle of each secret.
  for (const piece of `data: ${text}\n\n`.split(/(?<=zorblax-\w\w)/)) parts.push(piece);
  return { status: 200, headers: EVENTS, body: pieces(parts) };
}

async function* pieces(parts: readonly string[]): AsyncGenerator<string> {
  for (const part of parts) {
    yield part;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const call = (id: number, name: string) => ({
  path: '/mcp',
  headers: IN_SESSION,
  body: rpc({
    id,
    method: 'tools/call',
    params: { name, arguments: { ALL }, _meta: { 'claudecode/toolUseId': name } },
  }),
});
const requests = [
  { method: 'GET', path: `/mcp?key=${SECRETS.url}` },
  {
    path: '/register',
    headers: { 'content-type': 'application/json' },
    body: '{"redirect_uris":["http://localhost/callback"]}',
  },
  { method: 'GET', path: '/signin?state=1' },
  {
    path: '/exchange',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `grant_type=authorization_code&code=${SECRETS.code}&code_verifier=${SECRETS.verifier}`,
  },
  { path: `/mcp?key=${SECRETS.url}`, headers: HEADERS, body: rpc({ id: 0, method: 'initialize', params: {} }) },
  { path: '/mcp', headers: IN_SESSION, body: rpc({ id: 1, method: 'tools/list' }) },
  ...LONG_NAMES.map((name, index) => call(2 + index, name)),
  { method: 'GET', path: '/sse', headers: HEADERS },
  { path: `/post?sessionId=${SECRETS.session}`, headers: HEADERS, body: rpc({ id: 3, method: SECRETS.access }) },
  { ...call(99, 'last'), waitFor: 'go on' },
];

function storedMessages(sandbox: Sandbox): number {
  return readDatabase(sandbox.database, (reader) =>
    reader.mcpConnections().reduce((sum, { id }) => sum + reader.mcpMessages(id).rows.length, 0),
  );
}

async function expectNoSecrets(sandbox: Sandbox): Promise<void> {
  const stored = await everythingStored(sandbox);
  expect(storedMessages(sandbox)).toBeGreaterThan(20);
  // Also no part of one that tells more than its kind.
  for (const secret of ALL) expect([secret, stored.includes(secret.slice(0, -6))]).toEqual([secret, false]);
}

it('no secret of MCP servers over HTTP is on the disk, while a session runs and after it', async () => {
  const sandbox = await newSandbox();
  const api = await startScriptedApi({ script: answer });
  onTestFinished(() => api.close());
  await mkdir(join(sandbox.root, 'home'), { recursive: true });
  const web = {
    type: 'http',
    url: `https://mcp.example.com/mcp?key=${SECRETS.url}`,
    headers: { 'X-Team': SECRETS.header },
  };
  const old = { type: 'sse', url: 'https://mcp.example.com/sse' };
  const program = { command: 'no-such-server', env: { ANY_NAME: SECRETS.env } };
  await writeFile(join(sandbox.root, 'home/.claude.json'), JSON.stringify({ mcpServers: { web, old, program } }));
  const traced = ['wrap', '--', ...client({ host: 'mcp.example.com', requests })];
  const session = sandbox.start(traced, { env: await sandbox.behind(api) });
  await expect.poll(() => sandbox.stored().length, { timeout: 20_000 }).toBe(requests.length - 1);
  await expectNoSecrets(sandbox);
  session.process.stdin.end('go on\n');
  const ended = await session.ended;
  expect(answers(ended)).toHaveLength(requests.length);
  const reader = openReaderOrEmpty(sandbox.database);
  onTestFinished(() => reader.close());
  const taped = await sandbox.run(['tape', 'record', reader.mcpConnections()[0]?.runId ?? '', '--json']);
  expect(JSON.parse(taped.stdout.toString()).length).toBeGreaterThan(1);
  await expectNoSecrets(sandbox);
  expect(sandbox.stored().map(({ row }) => row.kind)).toContain('mcp');
  const shown = await sandbox.run(['mcp', '--json']);
  expect(JSON.parse(shown.stdout.toString())).not.toEqual([]);
  for (const output of [ended.stderr, shown.stdout]) {
    for (const secret of ALL) expect(output.toString()).not.toContain(secret.slice(0, -6));
  }
}, 60_000);
