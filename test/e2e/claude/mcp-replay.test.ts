import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { isRecord, recordsOf } from '../../../src/base/json.js';
import type { ContentBlock } from '../../../src/model/message.js';
import { messagesApi } from '../../../src/scripted/messages-api.js';
import type { ReceivedRequest } from '../../../src/scripted/scripted-api.js';
import { openReader } from '../../../src/store/index.js';
import { streamableServer } from '../../mcp/support/sdk-http-servers.js';
import { makeProject } from '../../support/claude/project.js';
import { runClaude } from '../../support/claude/run.js';
import { newTrace } from '../../support/claude/traced.js';
import { CLAUDE_VERSIONS, toolNames } from '../../support/claude/versions.js';
import { removeFolder } from '../../support/remove-folder.js';
import { startScriptedApi } from '../../support/scripted-api.js';

const SERVER = fileURLToPath(new URL('../../support/mcp/logged-server.mjs', import.meta.url));
const call = (name: string, id: string, input: object = {}) => ({ type: 'tool_use', id, name, input });

it.each(CLAUDE_VERSIONS)('a session of Claude Code %s runs again without its servers', async (version) => {
  const root = await mkdtemp(join(tmpdir(), 'claude-trace-replay-'));
  const http = await streamableServer([]);
  const trace = await newTrace();
  const calls = [
    [call('mcp__desk__find', 'a', { topic: 'stamps' }), call('mcp__sums__add', 'b', { a: 2, b: 3 })],
    [call('mcp__sums__fail', 'c'), call('mcp__sums__work', 'd'), call('mcp__sums__add', 'e', { a: 2, b: 3 })],
  ];
  const tools = [...new Set(calls.flat().map(({ name }) => name))];
  const load = toolNames(version).deferred
    ? call('ToolSearch', 'load', { query: `select:${tools.join(',')}`, max_results: 50 })
    : call('Bash', 'load', { command: 'true', description: 'Begin' });
  const turns: ContentBlock[][] = [[load], ...calls, [{ type: 'text', text: 'Done.' }]];
  const api = await startScriptedApi({
    script: messagesApi({ sideCall: '{"title": "Sums"}', threads: [{ opensWith: 'Try all', turns }] }),
  });
  let isServing = true;
  const stop = async () => {
    if (isServing) await http.close();
    isServing = false;
  };
  onTestFinished(async () => {
    await Promise.all([stop(), api.close(), trace.remove()]);
    await removeFolder(root);
  });
  const project = await makeProject(root);
  const log = join(root, 'desk.log');
  const desk = {
    name: 'desk',
    instructions: 'Ask.',
    tools: [{ name: 'find', description: 'Finds.', result: 'Two ünder.' }],
  };
  const mcpServers = {
    desk: { command: process.execPath, args: [SERVER, log, JSON.stringify(desk)] },
    sums: { type: 'http', url: http.url },
  };
  await writeFile(project.mcpConfig, JSON.stringify({ mcpServers }));

  async function session(option: readonly string[]) {
    const result = await runClaude({
      version,
      project,
      api,
      prompt: 'Try all',
      args: ['--allowedTools', `ToolSearch,Bash,${tools.join(',')}`],
      wrapArgv: trace.wrapArgv.flatMap((word) => (word === '--quiet' ? option : [word])),
      // The company proxy of the scripted API takes every host for the API.
      env: { ...trace.env, MCP_CONNECTION_NONBLOCKING: '0', NO_PROXY: 'localhost' },
    });
    expect(result).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Done.') });
    return { results: toolResults(result.received), stderr: result.stderr };
  }

  const live = await session(['--mcp']);
  expect(live.results.map(([id]) => id)).toEqual(expect.arrayContaining(['a', 'b', 'c', 'd', 'e']));
  expect(JSON.stringify(live.results)).toContain('Two ünder.');
  expect(JSON.stringify(live.results)).not.toContain('No such tool');
  await stop();
  await writeFile(log, '');
  const replayed = await session(['--replay', 'last']);
  expect(replayed.results).toEqual(live.results);
  expect(replayed.stderr).toContain('replayed from tapes: desk, sums');
  expect(replayed.stderr).not.toContain('no answer to');
  expect(await readFile(log, 'utf8')).toBe('');

  const reader = openReader(trace.database);
  const flags = reader.mcpConnections().map(({ name, synthetic }) => `${name} ${synthetic}`);
  reader.close();
  expect(flags.toSorted()).toEqual(expect.arrayContaining(['desk false', 'desk true', 'sums false', 'sums true']));
});

/** All results of tools that reached the API, as the text of their JSON, by the id of the call. */
function toolResults(received: readonly ReceivedRequest[]): [id: string, json: string][] {
  const results = new Map<string, string>();
  for (const { path, body } of received) {
    if (!path.startsWith('/v1/messages')) continue;
    const parsed: unknown = JSON.parse(body.toString());
    const blocks = recordsOf(isRecord(parsed) ? parsed.messages : []).flatMap(({ content }) => recordsOf(content));
    for (const block of blocks.filter(({ type }) => type === 'tool_result')) {
      const { cache_control: _marker, ...rest } = block;
      results.set(String(block.tool_use_id), JSON.stringify(rest));
    }
  }
  return [...results];
}
