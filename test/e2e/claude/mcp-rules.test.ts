import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { it } from 'vitest';
import { isRecord, parseRecord, recordsOf } from '../../../src/base/json.js';
import type { ContentBlock } from '../../../src/model/message.js';
import { messagesApi } from '../../../src/scripted/messages-api.js';
import type { ReceivedRequest } from '../../../src/scripted/scripted-api.js';
import { openReader } from '../../../src/store/index.js';
import { makeProject } from '../../support/claude/project.js';
import { runClaude } from '../../support/claude/run.js';
import { newTrace } from '../../support/claude/traced.js';
import { CLAUDE_VERSIONS, toolNames } from '../../support/claude/versions.js';
import { withoutIds } from '../../support/claude/without-ids.js';
import { removeFolder } from '../../support/remove-folder.js';
import { startScriptedApi } from '../../support/scripted-api.js';

const SERVER = fileURLToPath(new URL('../../support/mcp/logged-server.mjs', import.meta.url));
const MAIL = 'jane.zorblax@example.org';
const PROMPT = 'Ask the desk';

const RULES = `version: 1
rules:
  - { id: no, when: { tool: blocked }, then: [{ block: { reason: switched off here } }] }
  - { id: made, when: { tool: mocked }, then: [{ mock: { result: { content: [{ type: text, text: "Made for {{ request.params.arguments.topic }}." }] } } }] }
  - { id: up, when: { tool: changed, result: { $: { exists: true } } }, then: [{ modify: { transform: { "$.content[0].text": upper } } }] }
  - { id: late, when: { tool: delayed }, then: [{ delay: { ms: 300 } }] }
  - { id: noted, when: { tool: tagged }, then: [{ tag: seen }, { alert: look }] }
  - { id: mails, when: { tool: hidden }, then: [{ redact: "$..text" }] }
`;

/** Tools of the server, whether rules alter a call, and what the model gets of it where that is not what the server says. */
const CALLS = {
  blocked: { altered: true, got: /switched off here/ },
  mocked: { altered: true, got: /^Made for stamps\.$/ },
  changed: { altered: true, got: /^BY CHANGED\.$/ },
  delayed: { altered: true, got: null },
  tagged: { altered: false, got: null },
  hidden: { altered: false, got: null },
};
type Tool = keyof typeof CALLS;
const TOOLS = Object.keys(CALLS) as Tool[];
const saidBy = (tool: Tool) => (tool === 'hidden' ? `By ${MAIL}.` : `By ${tool}.`);

it.concurrent.for(CLAUDE_VERSIONS)('Claude Code %s behind rules', async (version, { expect, onTestFinished }) => {
  const root = await mkdtemp(join(tmpdir(), 'claude-trace-rules-'));
  const trace = await newTrace();
  const names = TOOLS.map((tool) => `mcp__desk__${tool}`);
  const call = (id: string, name: string, input: object): ContentBlock => ({ type: 'tool_use', id, name, input });
  const load = call('load', 'ToolSearch', { query: `select:${names.join(',')}`, max_results: 9 });
  const turns = [
    ...(toolNames(version).deferred ? [[load]] : []),
    ...TOOLS.map((tool, index) => [call(tool, names[index] ?? '', { topic: 'stamps' })]),
    [{ type: 'text', text: 'Done.' }],
  ];
  const api = await startScriptedApi({
    script: messagesApi({ sideCall: '{"title": "Desk"}', threads: [{ opensWith: PROMPT, turns }] }),
  });
  onTestFinished(async () => {
    await Promise.all([api.close(), trace.remove()]);
    await removeFolder(root);
  });
  const project = await makeProject(root);
  const log = join(root, 'desk.log');
  const tools = TOOLS.map((name) => ({ name, description: 'Asks.', result: saidBy(name) }));
  const desk = { command: process.execPath, args: [SERVER, log, JSON.stringify({ name: 'desk', tools })] };
  await writeFile(project.mcpConfig, JSON.stringify({ mcpServers: { desk } }));
  const rules = join(root, 'rules.yaml');
  await writeFile(rules, RULES);

  async function session(wrapped: boolean) {
    await writeFile(log, '');
    const wrapArgv = trace.wrapArgv.flatMap((word) => (word === '--quiet' ? ['--rules', rules] : [word]));
    const result = await runClaude({
      version,
      project,
      api,
      prompt: PROMPT,
      args: ['--allowedTools', ['ToolSearch', ...names].join(',')],
      ...(wrapped && { wrapArgv }),
      env: { MCP_CONNECTION_NONBLOCKING: '0', ...(wrapped && trace.env) },
    });
    expect(result).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Done.') });
    return { bodies: bodiesOf(result.received), stderr: result.stderr };
  }

  const direct = await session(false);
  const ruled = await session(true);
  expect(TOOLS.map((tool) => [tool, resultOf(direct.bodies, tool)])).toEqual(TOOLS.map((tool) => [tool, saidBy(tool)]));
  expect(TOOLS.map((tool) => [tool, resultOf(ruled.bodies, tool)])).toEqual(
    TOOLS.map((tool) => [tool, CALLS[tool].got === null ? saidBy(tool) : expect.stringMatching(CALLS[tool].got)]),
  );
  // Side calls come in any order. Without a diff, which would print prompts of Claude Code.
  const rest = ({ bodies }: typeof direct) => bodies.map(withoutAltered).toSorted();
  expect(rest(ruled).map((body, index) => body === rest(direct)[index])).toEqual(rest(direct).map(() => true));

  const asked = (await readFile(log, 'utf8')).split('\n').flatMap((line) => {
    const { sender, bytes } = parseRecord(line) ?? {};
    return sender === 'client' ? [Buffer.from(String(bytes), 'base64').toString()] : [];
  });
  expect(TOOLS.filter((tool) => asked.join('').includes(`"name":"${tool}"`))).toEqual(
    TOOLS.filter((tool) => tool !== 'blocked' && tool !== 'mocked'),
  );
  const reader = openReader(trace.database);
  try {
    const figures = reader.ruleFigures().map(({ rule, action, hits }) => `${rule} ${action} ${hits}`);
    expect(figures.toSorted()).toEqual(
      [
        'no block 1',
        'made mock 1',
        'up modify 1',
        'late delay 1',
        'noted tag 1',
        'noted alert 1',
        'mails redact 2',
      ].sort(),
    );
    const calls = reader.mcpCalls().map(({ toolUseId, altered }) => [toolUseId, altered]);
    expect(Object.fromEntries(calls)).toEqual(Object.fromEntries(TOOLS.map((tool) => [tool, CALLS[tool].altered])));
    expect(reader.mcpServers({})).toMatchObject([{ calls: 2, alteredCalls: 4, failedCalls: 0 }]);
    const counted = reader.mcpTools({}).map(({ name, calls, alteredCalls }) => [name, calls, alteredCalls]);
    expect(counted.toSorted()).toEqual(
      TOOLS.map((tool) => [tool, CALLS[tool].altered ? 0 : 1, CALLS[tool].altered ? 1 : 0]).toSorted(),
    );
  } finally {
    reader.close();
  }
  expect(ruled.stderr).toMatch(/Rules: 8 hits of 6 rules, 1 alert/);
  expect((await trace.everything()).includes('zorblax@')).toBe(false);
});

function bodiesOf(received: readonly ReceivedRequest[]): string[] {
  return received.filter(({ path }) => path.startsWith('/v1/messages')).map(({ body }) => withoutIds(body.toString()));
}

/** The text of the result of a call, without the reminder that newer versions add. */
function resultOf(bodies: readonly string[], toolUseId: string): string {
  const messages = bodies.flatMap((body) => recordsOf(parseRecord(body)?.messages));
  const blocks = messages.flatMap(({ content }) => recordsOf(content));
  const result = blocks.find((block) => block.tool_use_id === toolUseId)?.content;
  const text =
    typeof result === 'string'
      ? result
      : recordsOf(result)
          .map((block) => String(block.text))
          .join('');
  return text.replace(/\n*<system-reminder>.*/s, '');
}

/** A body without the results that rules alter, and without the count of tokens that are left after them. */
function withoutAltered(body: string): string {
  const text = body.replace(/<total_tokens>\d+/g, '<total_tokens>');
  return JSON.stringify(JSON.parse(text), (_name, value) => {
    if (!isRecord(value)) return value;
    const { tool_use_id, cache_control } = value;
    return TOOLS.some((tool) => tool === tool_use_id && CALLS[tool].got !== null)
      ? { tool_use_id, cache_control }
      : value;
  });
}
