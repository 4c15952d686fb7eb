import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { messagesApi } from '../../../src/demo/scripted/messages-api.js';
import { openReader } from '../../../src/store/index.js';
import { type Log, sseServer, streamableServer } from '../../mcp/support/sdk-http-servers.js';
import { makeProject } from '../../support/claude/project.js';
import { runClaude } from '../../support/claude/run.js';
import { newTrace } from '../../support/claude/traced.js';
import { type ClaudeVersion, driven, toolNames } from '../../support/claude/versions.js';
import { removeFolder } from '../../support/remove-folder.js';
import { startScriptedApi } from '../../support/scripted-api.js';

const VERSIONS: [ClaudeVersion][] = [['2.0.30'], ['2.1.197'], ['2.1.329'], ['2.1.332']];

const TOOLS = ['mcp__web__add', 'mcp__web__fail', 'mcp__web__work', 'mcp__web__wait', 'mcp__old__add'];

it.each(driven(VERSIONS))('Claude Code %s: servers with a URL are recorded message by message', async (version) => {
  const root = await mkdtemp(join(tmpdir(), 'claude-trace-test-'));
  onTestFinished(() => removeFolder(root));
  const sent: Log = [];
  const [web, old] = await Promise.all([streamableServer(sent, { waitMs: 5_000 }), sseServer(sent)]);
  onTestFinished(async () => void (await Promise.all([web.close(), old.close()])));
  const project = await makeProject(root);
  const mcpServers = { web: { type: 'http', url: web.url }, old: { type: 'sse', url: old.url } };
  await writeFile(project.mcpConfig, JSON.stringify({ mcpServers }));

  const call = (name: string, id: string, input: object = {}) => ({ type: 'tool_use', id, name, input });
  const turns = [
    [
      toolNames(version).deferred
        ? call('ToolSearch', 'load', { query: `select:${TOOLS.join(',')}`, max_results: 50 })
        : call('Bash', 'load', { command: 'true', description: 'Begin' }),
    ],
    [call('mcp__web__add', 'toolu_1', { a: 1, b: 2 }), call('mcp__web__add', 'toolu_2', { a: 1, b: 2 })],
    [call('mcp__web__fail', 'toolu_3')],
    [call('mcp__web__work', 'toolu_4')],
    [call('mcp__old__add', 'toolu_5', { a: 3, b: 4 })],
    [call('mcp__web__wait', 'toolu_6')],
    [{ type: 'text', text: 'Done.' }],
  ];
  const api = await startScriptedApi({
    script: messagesApi({ sideCall: '{"title": "Sums"}', threads: [{ opensWith: 'Try all', turns }] }),
  });
  onTestFinished(() => api.close());
  const trace = await newTrace();
  onTestFinished(trace.remove);

  const { exitCode, stderr } = await runClaude({
    version,
    project,
    api,
    prompt: 'Try all',
    wrapArgv: trace.wrapArgv,
    env: { ...trace.env, MCP_TOOL_TIMEOUT: '1000', NO_PROXY: 'localhost' },
    args: ['--allowedTools', ['ToolSearch', 'Bash(true)', ...TOOLS].join(',')],
  });
  expect(exitCode, stderr).toBe(0);
  const reader = openReader(join(trace.env.CLAUDE_TRACE_DATA_DIR ?? '', 'trace.db'));
  onTestFinished(() => reader.close());
  const calls = reader.mcpCalls().map(({ server, name, toolUseId, state }) => [server, name, toolUseId, state]);
  expect(calls.toSorted()).toEqual([
    ['old', 'add', 'toolu_5', 'ok'],
    ['web', 'add', 'toolu_1', 'ok'],
    ['web', 'add', 'toolu_2', 'ok'],
    ['web', 'fail', 'toolu_3', 'tool_error'],
    ['web', 'wait', 'toolu_6', 'timeout'],
    ['web', 'work', 'toolu_4', 'ok'],
  ]);
  const connections = reader.mcpConnections();
  expect(connections.map(({ name, transport, era, lost }) => [name, transport, era, lost]).toSorted()).toEqual([
    ['old', 'sse', 'legacy', 0],
    ['web', 'http', 'legacy', 0],
  ]);
  const texts = connections
    .flatMap(({ id }) => reader.mcpMessages(id, { limit: 1_000 }).rows)
    .filter(({ sender }) => sender === 'server')
    .map(({ id }) => Buffer.from(reader.mcpMessage(id)?.bytes ?? []).toString());
  // Newer versions ask first whether a server is modern, which the SDK's HTTP layer refuses by itself.
  const answers = texts.filter((text) => !text.includes('Server not initialized'));
  expect(answers.toSorted()).toEqual(sent.map(({ text }) => text).toSorted());
});
