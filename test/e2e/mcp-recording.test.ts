import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { jsonReply } from '../../src/scripted/reply.js';
import { openReaderOrEmpty } from '../../src/store/index.js';
import { client } from '../support/product/client.js';
import { newSandbox, notices, type Sandbox, untilTrue } from '../support/product.js';
import { type ReceivedRequest, type ScriptedApi, startScriptedApi } from '../support/scripted-api.js';

const TOKEN = 'zorblax-token-0123456789';
const DYING_THREADS = fileURLToPath(new URL('../support/product/dying-thread.cjs', import.meta.url));

const rpc = (message: object) => JSON.stringify({ jsonrpc: '2.0', ...message });
const event = (message: object) => `data: ${rpc(message)}\n\n`;
const CALL = rpc({
  id: 1,
  method: 'tools/call',
  params: { name: 'add', arguments: { key: TOKEN }, _meta: { 'claudecode/toolUseId': 'toolu_1', progressToken: 1 } },
});
const PROGRESS = { method: 'notifications/progress', params: { progressToken: 1, progress: 1 } };
const ANSWER = { id: 1, result: { content: [{ type: 'text', text: `It is ${TOKEN}.` }] } };

describe('messages of an MCP server with a URL', () => {
  let sandbox: Sandbox;
  let api: ScriptedApi;
  /** Lets the stream that is open go on. */
  let goOn: () => void;

  beforeEach(async () => {
    const until = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    sandbox = await newSandbox();
    api = await startScriptedApi({ script: (request) => answer(request, until) });
    onTestFinished(() => api.close());
    const server = { type: 'http', url: 'https://mcp.example.com/mcp', headers: { 'X-Team': TOKEN } };
    await mkdir(join(sandbox.root, 'home'), { recursive: true });
    await writeFile(join(sandbox.root, 'home/.claude.json'), JSON.stringify({ mcpServers: { web: server } }));
  });

  function answer({ body }: ReceivedRequest, until: Promise<void>) {
    const message = JSON.parse(body.toString());
    if (message.method === 'initialize') {
      const result = {
        protocolVersion: '2025-11-25',
        serverInfo: { name: 'sums', version: '1' },
        instructions: 'Add.',
      };
      return jsonReply(200, { jsonrpc: '2.0', id: message.id, result }, { 'mcp-session-id': 'session-0123456789' });
    }
    async function* events() {
      yield event(PROGRESS);
      await until;
      yield event(ANSWER);
    }
    return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: events() };
  }

  const requests = [
    { path: '/mcp', body: rpc({ id: 0, method: 'initialize', params: { clientInfo: { name: 'c', version: '1' } } }) },
    { path: '/mcp', headers: { 'mcp-session-id': 'session-0123456789' }, body: CALL },
  ].map((request) => ({ ...request, headers: { ...request.headers, accept: 'application/json, text/event-stream' } }));

  function read() {
    const reader = openReaderOrEmpty(sandbox.database);
    try {
      const connections = reader.mcpConnections();
      const messages = connections.flatMap(({ id }) => reader.mcpMessages(id).rows);
      return { connections, messages, calls: reader.mcpCalls() };
    } finally {
      reader.close();
    }
  }

  it('are stored while their stream is open, without secrets', async () => {
    const command = ['wrap', '--', ...client({ host: 'mcp.example.com', requests })];
    const program = sandbox.start(command, { env: await sandbox.behind(api) });
    await untilTrue(() => read().messages.length === 4);
    expect(read().calls).toMatchObject([{ server: 'web', name: 'add', toolUseId: 'toolu_1', state: 'open' }]);
    expect(read().calls[0]?.firstProgressMs).not.toBeNull();
    goOn();
    const ended = await program.ended;
    expect(notices(ended).join('\n')).not.toMatch(/could not/);
    expect(notices(ended).join('\n')).toContain('MCP: 1 call to 1 server.');
    const { connections, messages, calls } = read();
    expect(connections).toMatchObject([
      {
        name: 'web',
        scope: 'user',
        transport: 'http',
        era: 'legacy',
        server: { name: 'sums' },
        endedAt: expect.any(Date),
        lost: 0,
      },
    ]);
    expect(messages.map(({ sender, kind, method }) => `${sender} ${kind} ${method}`)).toEqual([
      'client request initialize',
      'server response initialize',
      'client request tools/call',
      'server notification notifications/progress',
      'server response tools/call',
    ]);
    expect(calls).toMatchObject([{ state: 'ok', bytesSaid: expect.any(Number), tokensSaid: expect.any(Number) }]);
    expect((await sandbox.bytesBelow(sandbox.dataDir)).includes(TOKEN)).toBe(false);
  });

  it('are stored once each, though the recorder is started again while their stream is open', async () => {
    const folder = join(sandbox.root, 'dying');
    await mkdir(folder);
    const env = { ...(await sandbox.behind(api)), NODE_OPTIONS: `--require ${DYING_THREADS}`, DYING_THREADS: folder };
    const program = sandbox.start(['wrap', '--', ...client({ host: 'mcp.example.com', requests })], { env });
    await untilTrue(() => read().messages.length === 4);
    await writeFile(join(folder, 'recorder'), '');
    goOn();
    const ended = await program.ended;
    expect(notices(ended).join('\n')).toContain('was started again');
    const { connections, messages, calls } = read();
    expect(connections).toMatchObject([{ server: { name: 'sums' }, era: 'legacy' }]);
    expect(messages).toHaveLength(5);
    expect(calls).toMatchObject([{ state: 'ok' }]);
  });
});
