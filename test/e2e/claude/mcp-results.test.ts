import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { execa } from 'execa';
import { expect, it, onTestFinished } from 'vitest';
import { isRecord, parseRecord } from '../../../src/base/json.js';
import { resultCarriage } from '../../../src/history/mcp-join/carriage.js';
import type { McpForm } from '../../../src/model/mcp.js';
import { messagesApi } from '../../../src/scripted/messages-api.js';
import { jsonReply, type Reply } from '../../../src/scripted/reply.js';
import type { ReceivedRequest, Script } from '../../../src/scripted/scripted-api.js';
import { openReader } from '../../../src/store/index.js';
import { makeProject } from '../../support/claude/project.js';
import { claudeCommand, runClaude } from '../../support/claude/run.js';
import { newTrace } from '../../support/claude/traced.js';
import { type ClaudeVersion, driven, toolNames } from '../../support/claude/versions.js';
import { removeFolder } from '../../support/remove-folder.js';
import { startScriptedApi } from '../../support/scripted-api.js';

const HOST = 'mcp.example.com';
const SERVERS = { lab: { type: 'http', url: `https://${HOST}/mcp` } };
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64');

const text = (text: string) => ({ type: 'text', text });
const result = (content: object[], more: object = {}) => ({ result: { content, ...more } });
const structuredContent = { answer: 'yes' };
const resource = (more: object) => ({ type: 'resource', resource: { uri: 'file:///a', ...more } });
const blob = { mimeType: 'application/octet-stream', blob: 'YmxvYg==' };

/** By tool: what the server answers, and what the model gets of it with 2.0.30 and with newer versions. */
const ANSWERS: Record<string, [answer: object | null, older: McpForm, newer?: McpForm]> = {
  large: [result([text('A word. '.repeat(5_000))]), 'whole'],
  larger: [result([text('A word. '.repeat(10_000))]), 'whole', 'persisted'],
  too_large: [result([text('A word. '.repeat(20_000))]), 'rewritten', 'persisted'],
  huge: [result([text('A word. '.repeat(150_000))]), 'rewritten', 'persisted'],
  large_by_meta: [result([text('A word. '.repeat(10_000))]), 'whole'],
  several: [result([text('One'), text('Two'), text(''), text('Three')]), 'whole'],
  structured: [result([text('Yes.'), text('Indeed.')], { structuredContent }), 'structured_only'],
  structured_too: [result([text(JSON.stringify(structuredContent))], { structuredContent }), 'whole'],
  failed: [result([text('No.')], { isError: true }), 'whole'],
  failed_twice: [result([text('No.'), text('Never.')], { isError: true }), 'cut', 'whole'],
  failed_at_length: [result([text('No! '.repeat(5_000))], { isError: true }), 'cut'],
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

it.each(driven(VERSIONS))('Claude Code %s: what the model gets of what a server says', async (version) => {
  const names = Object.keys(ANSWERS);
  const apiNames = names.map((name) => `mcp__lab__${name}`);
  const call = (name: string, input: object, id: string) => ({ type: 'tool_use', id, name, input });
  const callTool = (name: string, id = name) => call(`mcp__lab__${name}`, { topic: 'all' }, id);
  const turns = [
    toolNames(version).deferred
      ? [call('ToolSearch', { query: `select:${apiNames.join(',')}`, max_results: 50 }, 'load')]
      : [call('Bash', { command: 'true', description: 'Begin' }, 'load')],
    ...names.map((name) => [callTool(name)]),
    // Parallel, with equal arguments.
    [callTool('several', 'twin_1'), callTool('several', 'twin_2')],
    [{ type: 'text', text: 'Done.' }],
  ];
  const answer = messagesApi({ sideCall: '{"title": "Lab"}', threads: [{ opensWith: 'Try all', turns }] });
  const lab = await openLab(answer);
  const { exitCode, stderr } = await runClaude({
    ...lab.setup,
    version,
    prompt: 'Try all',
    env: { ...lab.setup.env, MCP_TOOL_TIMEOUT: '2000' },
    args: ['--allowedTools', ['ToolSearch', 'Bash(true)', ...apiNames].join(',')],
  });
  expect(exitCode, stderr).toBe(0);

  const reader = lab.openReader();
  const calls = new Map(reader.mcpCalls({}, { limit: 1_000 }).map((each) => [each.toolUseId, each]));
  const expected = names.map((name) => {
    const [, older, newer = older] = ANSWERS[name] ?? [];
    return [name, version === '2.0.30' ? older : newer];
  });
  expect(names.map((name) => [name, calls.get(name)?.delivery?.form])).toEqual(expected);
  expect(['twin_1', 'twin_2'].map((id) => calls.get(id)?.delivery?.form)).toEqual(['whole', 'whole']);

  const sessionId = reader.sessions().rows[0]?.id;
  for (const { toolUseId, delivery, sessionId: ofCall, state } of calls.values()) {
    const { calledBy = null, carriedBy = null, tokensGot, bytesGot = 0 } = delivery ?? {};
    expect([toolUseId, ofCall]).toEqual([toolUseId, sessionId]);
    // The answer of one request calls the tool, and the next one carries the result.
    expect(reader.responseBody(calledBy ?? '')?.toString()).toContain(`"${toolUseId}"`);
    expect([toolUseId, reader.request(carriedBy ?? '').previousId]).toEqual([toolUseId, calledBy]);
    expect(bytesGot).toBeGreaterThan(0);
    expect(tokensGot ?? 0).toBeGreaterThan(0);
    expect([toolUseId, state]).toEqual([toolUseId, STATES[toolUseId ?? ''] ?? 'ok']);
  }
  // Nothing was removed: a result stays in all later requests.
  const carriedBy = calls.get('large')?.delivery?.carriedBy ?? expect.fail();
  const conversation = reader.conversation({ sessionId: sessionId ?? null }).map(({ id }) => id);
  const carriage = resultCarriage(reader, { toolUseId: 'large', carriedBy }, {});
  expect(carriage?.requests).toBe(conversation.length - conversation.indexOf(carriedBy));
  expect(carriage?.costUsd).toBeGreaterThan(0);

  // 2.1.197 cuts descriptions; a deferred tool counts since it was loaded.
  const definitions = new Map(reader.mcpTools({}).map(({ name, definition }) => [name, definition]));
  expect(definitions.get('large')).toMatchObject({ bytesSaid: 5_000, bytesGot: version === '2.1.197' ? 2_048 : 5_000 });
  expect(definitions.get('huge')).toMatchObject({ bytesSaid: 'huge'.length, bytesGot: 'huge'.length });
  const instructionBytes = { '2.0.30': 6_000, '2.1.197': 2_048, '2.1.332': 4_096 }[version as string];
  expect(reader.mcpServers({})).toMatchObject([{ instructions: { bytesSaid: 6_000, bytesGot: instructionBytes } }]);
});

const STATES: Record<string, string> = {
  failed: 'tool_error',
  failed_twice: 'tool_error',
  failed_at_length: 'tool_error',
  broken: 'rpc_error',
  silent: 'timeout',
};

it.each(driven(VERSIONS))('Claude Code %s: a call that the user interrupts', async (version) => {
  const load = { type: 'tool_use', id: 'load', name: 'ToolSearch', input: { query: 'select:mcp__lab__silent' } };
  const call = { type: 'tool_use', id: 'silent', name: 'mcp__lab__silent', input: { topic: 'all' } };
  const turns = [...(toolNames(version).deferred ? [[load]] : []), [call], [{ type: 'text', text: 'Done.' }]];
  const answer = messagesApi({ sideCall: '{"title": "Lab"}', threads: [{ opensWith: 'Try one', turns }] });
  let interrupt = () => {};
  const lab = await openLab(answer, () => interrupt());
  const streams = ['-p', '--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose'];
  const args = ['--allowedTools', 'ToolSearch,mcp__lab__silent'];
  const { argv, cwd, env } = await claudeCommand({ ...lab.setup, version, args }, streams);
  const [file = '', ...rest] = argv;
  const claude = execa(file, rest, { cwd, extendEnv: false, env, stdin: 'pipe', reject: false, timeout: 100_000 });
  const send = (message: object) => claude.stdin.write(`${JSON.stringify(message)}\n`);
  const say = (content: string) => send({ type: 'user', message: { role: 'user', content } });
  interrupt = () => send({ type: 'control_request', request_id: 'stop', request: { subtype: 'interrupt' } });
  const next = [() => say('Go on.'), () => claude.stdin.end()];
  createInterface({ input: claude.stdout }).on('line', (line) => {
    if (parseRecord(line)?.type === 'result') next.shift()?.();
  });
  say('Try one');
  await claude;

  const reader = lab.openReader();
  expect(reader.mcpCall('silent')).toMatchObject({ state: 'cancelled', delivery: { form: 'rewritten' } });
});

/** A project with the server, and an API that answers. @param onCall a tool of the server is called */
async function openLab(answer: Script, onCall: () => void = () => {}) {
  const root = await mkdtemp(join(tmpdir(), 'claude-trace-test-'));
  onTestFinished(() => removeFolder(root));
  const { env, wrapArgv, database, remove } = await newTrace();
  onTestFinished(() => remove());
  const project = await makeProject(root);
  await writeFile(project.mcpConfig, JSON.stringify({ mcpServers: SERVERS }));
  const api = await startScriptedApi({
    script(request) {
      if (!request.host.startsWith(HOST)) return answer(request);
      if (request.body.includes('"tools/call"')) onCall();
      return mcpReply(request);
    },
  });
  onTestFinished(() => api.close());
  return {
    setup: { project, api, wrapArgv, env },
    openReader() {
      const reader = openReader(database);
      onTestFinished(() => reader.close());
      return reader;
    },
  };
}

/** An MCP server over HTTP with the tools of `ANSWERS`, without sessions. */
function mcpReply(request: ReceivedRequest): Reply | Promise<Reply> {
  if (request.method !== 'POST') return jsonReply(405, {});
  const { id, method, params } = parseRecord(request.body.toString()) ?? {};
  if (id === undefined) return { status: 202, headers: {}, body: '' };
  const { name, protocolVersion } = isRecord(params) ? params : {};
  const answer = (more: object) => jsonReply(200, { jsonrpc: '2.0', id, ...more });
  if (method === 'initialize') {
    return answer({
      result: {
        protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'lab', version: '1' },
        instructions: 'b'.repeat(6_000),
      },
    });
  }
  if (method === 'tools/list') return answer({ result: { tools: Object.keys(ANSWERS).map(definitionOf) } });
  if (method !== 'tools/call') return answer({ error: { code: -32601, message: 'No such method' } });
  const [scripted] = ANSWERS[String(name)] ?? [{}];
  return scripted === null ? new Promise(() => {}) : answer(scripted);
}

function definitionOf(name: string): object {
  return {
    name,
    description: name === 'large' ? 'a'.repeat(5_000) : name,
    inputSchema: { type: 'object', properties: { topic: { type: 'string' } } },
    // Claude Code reads this key: https://code.claude.com/docs/en/mcp
    ...(name === 'large_by_meta' && { _meta: { 'anthropic/maxResultSizeChars': 200_000 } }),
  };
}
