import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { isRecord, parseRecord } from '../../../src/base/json.js';
import { jsonReply, type Reply } from '../../../src/scripted/reply.js';
import { runClaude } from '../../support/claude/run.js';
import { newTrace } from '../../support/claude/traced.js';
import { CLAUDE_VERSIONS } from '../../support/claude/versions.js';
import { removeFolder } from '../../support/remove-folder.js';
import { messagesApi, type ReceivedRequest, startScriptedApi } from '../../support/scripted-api.js';

const HOST = 'mcp.example.com';
const TOKEN = 'zorblax-server-token-0123456789';

/** A stateless MCP server that answers with JSON. */
function answerMcp({ method, path, body }: ReceivedRequest): Reply {
  const message = parseRecord(body.toString()) ?? {};
  if (method !== 'POST') return jsonReply(path === '/other' ? 200 : 405, { found: path });
  if (message.id === undefined) return { status: 202, headers: {}, body: '' };
  const params = isRecord(message.params) ? message.params : {};
  const results: Record<string, object> = {
    initialize: {
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'web', version: '1' },
    },
    'tools/list': { tools: [{ name: 'find', inputSchema: { type: 'object' } }] },
    'tools/call': { content: [{ type: 'text', text: 'North of the river.' }] },
  };
  const result = results[String(message.method)];
  const answer = result === undefined ? { error: { code: -32601, message: 'no such method' } } : { result };
  return jsonReply(200, { jsonrpc: '2.0', id: message.id, ...answer });
}

it.each(CLAUDE_VERSIONS)(
  'Claude Code %s is read at the host of an MCP server, and curl passes unread',
  async (version) => {
    const root = await mkdtemp(join(tmpdir(), 'claude-trace-mcp-hosts-'));
    const [home, cwd] = [join(root, 'home'), join(root, 'work')];
    await Promise.all([home, cwd].map((folder) => mkdir(folder)));
    const call = (name: string, input = {}) => ({ type: 'tool_use' as const, id: `toolu_${name}`, name, input });
    const curl = `curl -sS --cacert ${join(home, 'company-ca.pem')} https://${HOST}/other`;
    const turns = [
      // Time for the server to connect, in versions that do not wait for it.
      [call('Bash', { command: `sleep 2 && ${curl}`, description: 'Look' })],
      [call('mcp__web__find')],
      [{ type: 'text' as const, text: 'Good morning.' }],
    ];
    const answer = messagesApi({ sideCall: '{"title": "Hello"}', threads: [{ opensWith: 'zorblax', turns }] });
    const api = await startScriptedApi({ script: (each) => (each.host === HOST ? answerMcp(each) : answer(each)) });
    const trace = await newTrace();
    onTestFinished(async () => {
      await Promise.all([api.close(), trace.remove()]);
      await removeFolder(root);
    });
    const url = `https://\${HOST_OF_SERVER:-${HOST}}/mcp?token=\${SERVER_TOKEN}`;
    const mcpServers = { web: { type: 'http', url, headers: { 'X-Team': `team \${SERVER_TOKEN}` } } };
    await writeFile(join(home, '.claude.json'), JSON.stringify({ hasCompletedOnboarding: true, mcpServers }));

    const ended = await runClaude({
      version,
      project: { home, cwd },
      api,
      prompt: 'zorblax',
      args: ['--allowedTools', 'mcp__web,Bash'],
      wrapArgv: trace.wrapArgv.filter((word) => word !== '--quiet'),
      env: { ...trace.env, SERVER_TOKEN: TOKEN, ENABLE_TOOL_SEARCH: 'false' },
    });
    expect(ended).toMatchObject({ exitCode: 0, stdout: 'Good morning.\n' });
    expect(ended.stderr).not.toContain('refus');

    const received = ended.received.filter(({ host }) => host === HOST);
    expect(received.filter(({ path }) => path === '/other')).toHaveLength(1);
    const stored = trace.stored().filter(({ row }) => row.host === HOST);
    const bodies = (all: { toString(): string }[]) => all.map((body) => body.toString()).sort();
    expect(bodies(stored.map(({ requestBody }) => requestBody))).toEqual(
      bodies(received.filter(({ path }) => path !== '/other').map(({ body }) => body)),
    );
    expect(
      stored.filter(({ row }) => row.kind === 'mcp').map(({ responseBody }) => responseBody?.toString()),
    ).toContainEqual(expect.stringContaining('North of the river'));
    expect(received.some(({ path }) => path === `/mcp?token=${TOKEN}`)).toBe(true);
    expect((await trace.everything()).includes(TOKEN)).toBe(false);
  },
);
