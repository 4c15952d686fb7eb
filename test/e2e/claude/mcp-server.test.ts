import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parseRecord, recordsOf } from '../../../src/base/json.js';
import { messagesApi } from '../../../src/scripted/messages-api.js';
import { makeProject } from '../../support/claude/project.js';
import { runClaude } from '../../support/claude/run.js';
import { newTrace } from '../../support/claude/traced.js';
import { CLAUDE_VERSIONS, toolNames } from '../../support/claude/versions.js';
import { MAIN } from '../../support/product.js';
import { removeFolder } from '../../support/remove-folder.js';
import { startScriptedApi } from '../../support/scripted-api.js';

const TOOL = 'mcp__claude-trace__context';

it.each(CLAUDE_VERSIONS)('Claude Code %s asks what fills its context', async (version) => {
  const root = await mkdtemp(join(tmpdir(), 'claude-trace-test-'));
  onTestFinished(() => removeFolder(root));
  const trace = await newTrace();
  onTestFinished(() => trace.remove());
  const project = await makeProject(root);
  const server = { command: process.execPath, args: [MAIN, 'mcp-server'], env: trace.env };
  await writeFile(project.mcpConfig, JSON.stringify({ mcpServers: { 'claude-trace': server } }));
  const call = (name: string, input: object, id: string) => [
    { type: 'tool_use', id: `toolu_scripted_${id}`, name, input },
  ];
  const load = call('ToolSearch', { query: `select:${TOOL}`, max_results: 5 }, 'load');
  const turns = [
    call('Bash', { command: 'true', description: 'Begin' }, 'begin'),
    ...(toolNames(version).deferred ? [load] : []),
    call(TOOL, {}, 'context'),
    [{ type: 'text', text: 'Done.' }],
  ];
  const answer = messagesApi({ sideCall: '{"title": "Looking"}', threads: [{ opensWith: 'What fills', turns }] });
  const api = await startScriptedApi({
    // The first answer must be stored before the tool reads it.
    async script(request) {
      if (request.body.includes('toolu_scripted_begin')) await trace.hasAnswer();
      return answer(request);
    },
  });
  onTestFinished(() => api.close());

  const { exitCode, stderr, received } = await runClaude({
    version,
    project,
    api,
    wrapArgv: trace.wrapArgv,
    env: trace.env,
    prompt: 'What fills your context?',
    args: ['--allowedTools', `${TOOL},ToolSearch,Bash(true)`],
  });
  expect(exitCode, stderr).toBe(0);
  const last = received.findLast(({ path }) => path.startsWith('/v1/messages'))?.body.toString() ?? '';
  const message = recordsOf(parseRecord(last)?.messages).at(-1);
  const result = JSON.stringify(recordsOf(message?.content).find(({ type }) => type === 'tool_result'));
  expect(result).toMatch(/\\"window_tokens\\":200000/);
  expect(result).toMatch(/\{\\"group\\":\\"tools\\",\\"tokens\\":\d+/);
});
