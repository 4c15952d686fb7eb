import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { ContentBlock } from '../../../src/model/message.js';
import { messagesApi } from '../../../src/scripted/messages-api.js';
import { openReader, type Reader } from '../../../src/store/index.js';
import { runningGateway } from '../../gateway/support/running-gateway.js';
import { modernServer } from '../../mcp/support/modern-server.js';
import { type HttpServer, type Log, sseServer, streamableServer } from '../../mcp/support/sdk-http-servers.js';
import { makeProject } from '../../support/claude/project.js';
import { runClaude } from '../../support/claude/run.js';
import { newTrace } from '../../support/claude/traced.js';
import { type ClaudeVersion, driven, toolNames } from '../../support/claude/versions.js';
import { removeFolder } from '../../support/remove-folder.js';
import { startScriptedApi } from '../../support/scripted-api.js';

const VERSIONS: [ClaudeVersion][] = [['2.0.30'], ['2.1.197'], ['2.1.329'], ['2.1.332']];
const MODERN_VERSIONS: [ClaudeVersion][] = [['2.1.329'], ['2.1.332']];

const call = (name: string, id: string, input: object = {}) => ({ type: 'tool_use', id, name, input });

/** A session of Claude Code under `wrap`, whose model calls these tools, turn by turn. @returns what is stored */
async function session(
  version: ClaudeVersion,
  servers: Record<string, { type: 'http' | 'sse'; server: HttpServer }>,
  calls: ContentBlock[][],
): Promise<Reader> {
  const root = await mkdtemp(join(tmpdir(), 'claude-trace-test-'));
  onTestFinished(() => removeFolder(root));
  for (const { server } of Object.values(servers)) onTestFinished(async () => void (await server.close()));
  const project = await makeProject(root);
  const entries = Object.entries(servers).map(([name, { type, server }]) => [name, { type, url: server.url }]);
  await writeFile(project.mcpConfig, JSON.stringify({ mcpServers: Object.fromEntries(entries) }));
  const tools = [...new Set(calls.flat().map(({ name }) => String(name)))];
  const load = toolNames(version).deferred
    ? call('ToolSearch', 'load', { query: `select:${tools.join(',')}`, max_results: 50 })
    : call('Bash', 'load', { command: 'true', description: 'Begin' });
  const turns = [[load], ...calls, [{ type: 'text', text: 'Done.' }]];
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
    args: ['--allowedTools', ['ToolSearch', 'Bash(true)', ...tools].join(',')],
  });
  expect(exitCode, stderr).toBe(0);
  const reader = openReader(trace.database);
  onTestFinished(() => reader.close());
  return reader;
}

function callsOf(reader: Reader) {
  return reader
    .mcpCalls()
    .map(({ server, name, toolUseId, state }) => [server, name, toolUseId, state])
    .toSorted();
}

function messagesOf(reader: Reader) {
  return reader.mcpConnections().flatMap(({ id }) => reader.mcpMessages(id, { limit: 1_000 }).rows);
}

it.each(driven(VERSIONS))('Claude Code %s: servers with a URL are recorded message by message', async (version) => {
  const sent: Log = [];
  const [web, old] = await Promise.all([streamableServer(sent, { waitMs: 5_000 }), sseServer(sent)]);
  const reader = await session(version, { web: { type: 'http', server: web }, old: { type: 'sse', server: old } }, [
    [call('mcp__web__add', 'toolu_1', { a: 1, b: 2 }), call('mcp__web__add', 'toolu_2', { a: 1, b: 2 })],
    [call('mcp__web__fail', 'toolu_3')],
    [call('mcp__web__work', 'toolu_4')],
    [call('mcp__old__add', 'toolu_5', { a: 3, b: 4 })],
    [call('mcp__web__wait', 'toolu_6')],
  ]);
  expect(callsOf(reader)).toEqual([
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
  const texts = messagesOf(reader)
    .filter(({ sender }) => sender === 'server')
    .map(({ id }) => Buffer.from(reader.mcpMessage(id)?.bytes ?? []).toString());
  // Newer versions ask first whether a server is modern, which the SDK's HTTP layer refuses by itself.
  const answers = texts.filter((text) => !text.includes('Server not initialized'));
  expect(answers.toSorted()).toEqual(sent.map(({ text }) => text).toSorted());
});

it.each(driven(MODERN_VERSIONS))('Claude Code %s: a server of 2026-07-28 is recorded', async (version) => {
  const reader = await session(version, { web: { type: 'http', server: await modernServer() } }, [
    [call('mcp__web__add', 'toolu_1', { a: 1, b: 2 }), call('mcp__web__add', 'toolu_2', { a: 1, b: 2 })],
    [call('mcp__web__ask', 'toolu_3')],
    [call('mcp__web__wait', 'toolu_4')],
  ]);
  expect(reader.mcpConnections()).toMatchObject([
    { name: 'web', era: 'modern', protocol: '2026-07-28', server: { name: 'modern', version: '9' }, lost: 0 },
  ]);
  // The call that needed input is one call, with the answer to its retry; the one that took too long ended with its stream.
  expect(callsOf(reader)).toMatchObject([
    ['web', 'add', 'toolu_1', 'ok'],
    ['web', 'add', 'toolu_2', 'ok'],
    ['web', 'ask', 'toolu_3', 'ok'],
    ['web', 'wait', 'toolu_4', expect.stringMatching(/^(?:cancelled|timeout)$/)],
  ]);
  const said = messagesOf(reader).map(({ sender, kind, method }) => `${sender} ${kind} ${method}`);
  expect(said.filter((each) => each === 'client request tools/call')).toHaveLength(5);
  expect(said).toContain('server response server/discover');
  expect(said).toContain('server notification notifications/subscriptions/acknowledged');
});

it.each(driven([['2.1.332']]))(
  'Claude Code %s: uses servers behind a gateway as it does without one',
  async (version) => {
    const [legacy, modern] = [await streamableServer([]), await modernServer()];
    const { url, factsOf } = await runningGateway({
      routes: { web: { upstreams: [{ url: legacy.url }] }, modern: { upstreams: [{ url: modern.url }] } },
    });
    const reader = await session(
      version,
      {
        web: { type: 'http', server: { url: url('web'), close: legacy.close } },
        modern: { type: 'http', server: { url: url('modern'), close: modern.close } },
      },
      [
        [call('mcp__web__add', 'toolu_1', { a: 1, b: 2 }), call('mcp__modern__add', 'toolu_2', { a: 1, b: 2 })],
        [call('mcp__web__work', 'toolu_3'), call('mcp__modern__ask', 'toolu_4')],
      ],
    );
    expect(callsOf(reader)).toEqual([
      ['modern', 'add', 'toolu_2', 'ok'],
      ['modern', 'ask', 'toolu_4', 'ok'],
      ['web', 'add', 'toolu_1', 'ok'],
      ['web', 'work', 'toolu_3', 'ok'],
    ]);
    const eras = reader.mcpConnections().map(({ name, era, lost }) => [name, era, lost]);
    expect(eras.toSorted()).toEqual([
      ['modern', 'modern', 0],
      ['web', 'legacy', 0],
    ]);
    expect([...factsOf('upstream_error'), ...factsOf('problem')]).toEqual([]);
    expect(factsOf('session_opened')).toMatchObject([{ route: 'web' }]);
  },
);
