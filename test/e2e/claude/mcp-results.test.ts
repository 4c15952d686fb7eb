import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { isRecord, type JsonRecord, parseRecord, recordsOf } from '../../../src/base/json.js';
import { messagesApi } from '../../../src/demo/scripted/messages-api.js';
import { formOf, type ServerAnswer } from '../../../src/mcp/messages/result-form.js';
import type { McpForm } from '../../../src/model/mcp.js';
import { makeProject } from '../../support/claude/project.js';
import { runClaude } from '../../support/claude/run.js';
import { type ClaudeVersion, driven, toolNames } from '../../support/claude/versions.js';
import { removeFolder } from '../../support/remove-folder.js';
import { startScriptedApi } from '../../support/scripted-api.js';

const MCP_SERVER = fileURLToPath(new URL('../../support/claude/mcp-server.mjs', import.meta.url));
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64');

/** `word*1000` is the word that many times. */
const text = (text: string) => ({ type: 'text', text });
const result = (content: object[], more: object = {}) => ({ result: { content, ...more } });
const structuredContent = { answer: 'yes' };
const resource = (more: object) => ({ type: 'resource', resource: { uri: 'file:///a', ...more } });
const blob = { mimeType: 'application/octet-stream', blob: 'YmxvYg==' };

/** By tool: what the server answers, and what the model gets of it with 2.0.30 and with newer versions. */
const ANSWERS: Record<string, [answer: object | null, older: McpForm, newer?: McpForm]> = {
  large: [result([text('A word. *5000')]), 'whole'],
  larger: [result([text('A word. *10000')]), 'whole', 'persisted'],
  too_large: [result([text('A word. *20000')]), 'rewritten', 'persisted'],
  huge: [result([text('A word. *150000')]), 'rewritten', 'persisted'],
  large_by_meta: [result([text('A word. *10000')]), 'whole'],
  several: [result([text('One'), text('Two'), text(''), text('Three')]), 'whole'],
  structured: [result([text('Yes.'), text('Indeed.')], { structuredContent }), 'structured_only'],
  structured_too: [result([text(JSON.stringify(structuredContent))], { structuredContent }), 'whole'],
  failed: [result([text('No.')], { isError: true }), 'whole'],
  failed_twice: [result([text('No.'), text('Never.')], { isError: true }), 'cut', 'whole'],
  failed_at_length: [result([text('No! *5000')], { isError: true }), 'cut'],
  image: [result([text('See'), { type: 'image', data: PIXEL, mimeType: 'image/png' }, text('it.')]), 'whole'],
  drawing: [result([{ type: 'image', data: SVG, mimeType: 'image/svg+xml' }]), 'whole', 'persisted'],
  audio: [result([{ type: 'audio', data: 'UklGRg==', mimeType: 'audio/wav' }]), 'cut', 'persisted'],
  link: [result([{ type: 'resource_link', uri: 'file:///a', name: 'a' }]), 'whole'],
  resource: [result([resource({ mimeType: 'text/plain', text: 'A text' })]), 'whole'],
  binary: [result([resource(blob)]), 'whole', 'persisted'],
  empty: [result([]), 'whole'],
  broken: [{ error: { code: -32000, message: 'It broke' } }, 'whole'],
  unknown_block: [result([{ type: 'smell', smell: 'sweet' }]), 'rewritten'],
  marker: [result([text('<persisted-output>\nOutput too large (9KB). Full output saved to: /a')]), 'whole'],
  silent: [null, 'rewritten'],
};

const VERSIONS: [ClaudeVersion][] = [['2.0.30'], ['2.1.197'], ['2.1.332']];

it.each(driven(VERSIONS))('Claude Code %s: what the model gets of what a server said', async (version) => {
  const root = await mkdtemp(join(tmpdir(), 'claude-trace-test-'));
  onTestFinished(() => removeFolder(root));
  const project = await makeProject(root);
  const names = Object.keys(ANSWERS);
  const tools = names.map((name) => ({
    name,
    description: name,
    answer: ANSWERS[name]?.[0],
    // Claude Code reads this key: https://code.claude.com/docs/en/mcp
    ...(name === 'large_by_meta' && { _meta: { 'anthropic/maxResultSizeChars': 200_000 } }),
  }));
  const server = { command: process.execPath, args: [MCP_SERVER, JSON.stringify({ name: 'lab', tools })] };
  await writeFile(project.mcpConfig, JSON.stringify({ mcpServers: { lab: server } }));
  const call = (name: string, input: object, id: string) => [{ type: 'tool_use', id, name, input }];
  const apiNames = names.map((name) => `mcp__lab__${name}`);
  const turns = [
    toolNames(version).deferred
      ? call('ToolSearch', { query: `select:${apiNames.join(',')}`, max_results: 50 }, 'load')
      : call('Bash', { command: 'true', description: 'Begin' }, 'load'),
    ...names.map((name) => call(`mcp__lab__${name}`, { topic: 'all' }, name)),
    [{ type: 'text', text: 'Done.' }],
  ];
  const api = await startScriptedApi({
    script: messagesApi({ sideCall: '{"title": "Lab"}', threads: [{ opensWith: 'Try all', turns }] }),
  });
  onTestFinished(() => api.close());

  const { exitCode, stderr, received } = await runClaude({
    version,
    project,
    api,
    prompt: 'Try all',
    env: { MCP_TOOL_TIMEOUT: '2000' },
    args: ['--allowedTools', ['ToolSearch', 'Bash(true)', ...apiNames].join(',')],
  });
  expect(exitCode, stderr).toBe(0);
  const bodies = received.map(({ body }) => parseRecord(body.toString())).filter((body) => body !== null);
  const got = (name: string): JsonRecord | undefined =>
    bodies
      .flatMap(({ messages }) => recordsOf(messages))
      .flatMap(({ content }) => recordsOf(content))
      .find((block) => block.type === 'tool_result' && block.tool_use_id === name);
  const forms = names.map((name) => [name, formOf(answerOf(ANSWERS[name]?.[0]), got(name)?.content)]);
  const expected = names.map((name) => {
    const [, older, newer = older] = ANSWERS[name] ?? [];
    return [name, version === '2.0.30' ? older : newer];
  });
  expect(forms).toEqual(expected);
});

function answerOf(answer: unknown): ServerAnswer {
  if (!isRecord(answer)) return { type: 'none' };
  return 'error' in answer
    ? { type: 'error', error: answer.error }
    : { type: 'result', result: spelled(answer.result) };
}

/** As the server makes it of its argument. */
function spelled(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, inner) => {
    const [, word = '', times] = (typeof inner === 'string' && /^(.+)\*(\d+)$/.exec(inner)) || [];
    return times === undefined ? inner : word.repeat(Number(times));
  });
}
