import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { expect, it, onTestFinished } from 'vitest';
import { jsonReply, type Reply } from '../../src/scripted/reply.js';
import { openReaderOrEmpty } from '../../src/store/index.js';
import { answers, client, message } from '../support/product/client.js';
import { MAIN, newSandbox, type Sandbox, untilTrue } from '../support/product.js';
import { type ReceivedRequest, startScriptedApi } from '../support/scripted-api.js';

const SERVER = fileURLToPath(new URL('../support/mcp/stdio-server.mjs', import.meta.url));
const MAIL = 'jane.zorblax@example.org';
const SYSTEM = 'zorblax system prompt of a long text';
const ANSWER = 'zorblax says what it should not';

const RULES = [
  { id: 'mails', when: { server: 'crm' }, do: [{ redact: '$..mail' }] },
  { id: 'asked', when: { server: 'crm', tool: 'find' }, do: [{ alert: 'asked' }, { tag: 'crm' }] },
  { id: 'system', when: { transport: 'api' }, do: [{ redact: '$.system' }] },
  {
    id: 'answers',
    when: { transport: 'api', kind: 'response' },
    do: [{ redact: '$.content[0].text' }, { tag: 'answered' }],
  },
].map(({ do: actions, ...rule }) => Object.fromEntries([...Object.entries(rule), ['then', actions]]));

const rpc = (values: object) => JSON.stringify({ jsonrpc: '2.0', ...values });
const sse = (event: { type: string }) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

function answer({ path, body }: ReceivedRequest): Reply {
  if (path.startsWith('/mcp')) {
    const { id } = JSON.parse(body.toString());
    const result = { mail: MAIL, content: [{ type: 'text', text: `written to ${MAIL}` }] };
    return jsonReply(200, { jsonrpc: '2.0', id, result });
  }
  const text = [ANSWER.slice(0, 9), ANSWER.slice(9)].map((piece) =>
    sse({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: piece } } as { type: string }),
  );
  const message = {
    id: 'msg_1',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [],
    usage: { input_tokens: 90 },
  };
  const events = [
    sse({ type: 'message_start', message } as { type: string }),
    sse({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as { type: string }),
    ...text,
    sse({ type: 'content_block_stop', index: 0 } as { type: string }),
    sse({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 7 } } as { type: string }),
    sse({ type: 'message_stop' }),
  ];
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: events.join('') };
}

const json = async (sandbox: Sandbox, ...args: string[]) =>
  JSON.parse((await sandbox.run([...args, '--json'])).stdout.toString());

it('what rules of the configuration redact is nowhere on the disk, and what they tag is found', async () => {
  const sandbox = await newSandbox();
  const api = await startScriptedApi({ script: answer });
  onTestFinished(() => api.close());
  await mkdir(join(sandbox.root, 'home'), { recursive: true });
  const crm = { type: 'http', url: 'https://api.anthropic.com/mcp' };
  await writeFile(join(sandbox.root, 'home/.claude.json'), JSON.stringify({ mcpServers: { crm } }));
  const set = await sandbox.run(['config', 'set', 'rules', JSON.stringify(RULES)]);
  expect([set.exitCode, set.stderr.toString()]).toEqual([0, '']);
  const headers = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
  const find = rpc({ id: 1, method: 'tools/call', params: { name: 'find', arguments: { mail: MAIL } } });
  const requests = [
    { path: '/mcp', headers, body: find },
    { body: message(`the tool says: written to ${MAIL}`, { system: SYSTEM }) },
    { body: message(`you said: ${ANSWER}`) },
  ];
  const ended = await sandbox.run(['wrap', '--', ...client({ requests })], { env: await sandbox.behind(api) });
  // The bytes of both sides are as without us.
  expect(answers(ended).map(({ body }) => body.toString())).toEqual([
    expect.stringContaining(MAIL),
    expect.stringContaining(ANSWER.slice(0, 9)),
    expect.stringContaining(ANSWER.slice(9)),
  ]);
  expect(api.received.map(({ body }) => body.toString())).toEqual(requests.map(({ body }) => body));
  const onDisk = await sandbox.bytesBelow(join(sandbox.root, 'share'));
  const stored = sandbox.stored().flatMap(({ requestBody, responseBody }) => [requestBody, responseBody ?? '']);
  const all = [onDisk, ...stored].map((bytes) => bytes.toString('latin1')).join('\n');
  for (const text of [MAIL, SYSTEM, ANSWER, ANSWER.slice(9), 'jane'])
    expect([text, all.includes(text)]).toEqual([text, false]);

  expect(ended.stderr.toString()).toContain('MCP: 1 call to 1 server');
  expect(ended.stderr.toString()).toMatch(/Rules: \d+ hits of 4 rules, 1 alert\./);
  const [call] = await json(sandbox, 'mcp', '--calls', '--tag', 'crm');
  expect(call).toMatchObject({ name: 'find', state: 'ok', altered: false });
  expect((await json(sandbox, 'mcp', 'show', 'last')).answer.message.result).toEqual({
    mail: '[redacted]',
    content: [{ type: 'text', text: 'written to [redacted]' }],
  });
  const answered = await json(sandbox, 'query', '--tag', 'answered');
  expect(answered.map(({ tokens }: { tokens: { output: number } }) => tokens.output)).toEqual([7, 7]);
  const shown = await sandbox.run(['show', answered[0].id]);
  expect(shown.stdout.toString()).toContain('answers: tag, answered');
  expect(await json(sandbox, 'query', '--rule', 'asked', '--kind', 'mcp')).toHaveLength(1);
}, 60_000);

it('calls that rules altered are left out of all figures, and counted apart everywhere', async () => {
  const sandbox = await newSandbox();
  const file = join(sandbox.root, 'rules.yaml');
  await writeFile(
    file,
    `version: 1
rules:
  - { id: mock, when: { tool: environment }, then: [{ alert: mocked }, { mock: { result: { content: [{ type: text, text: made }] } } }] }
`,
  );
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      MAIN,
      'mcp',
      'record',
      '--name',
      'tickets',
      '--rules',
      file,
      '--',
      process.execPath,
      SERVER,
      join(sandbox.root, 'log'),
    ],
    env: sandbox.env,
  });
  const program = new Client({ name: 'any', version: '1.0.0' });
  await program.connect(transport);
  const { tools } = await program.listTools();
  const { content } = await program.callTool({ name: 'environment', arguments: { name: 'HOME' } });
  expect(content).toEqual([{ type: 'text', text: 'made' }]);
  const plain = tools.find(({ name }) => name !== 'environment')?.name ?? '';
  await program.callTool({ name: plain, arguments: {} }).catch(() => {});
  await program.close();
  const calls = () => {
    const reader = openReaderOrEmpty(sandbox.database);
    onTestFinished(() => reader.close());
    return reader.mcpConnections().some(({ endedAt }) => endedAt !== null);
  };
  await untilTrue(calls);
  const [server] = await json(sandbox, 'mcp');
  expect(server).toMatchObject({ server: 'tickets', calls: 1, altered_calls: 1 });
  const figures = await json(sandbox, 'mcp', 'tickets');
  const sum = (key: 'calls' | 'altered_calls') =>
    figures.reduce((total: number, row: Record<string, number>) => total + (row[key] ?? 0), 0);
  expect([sum('calls'), sum('altered_calls')]).toEqual([1, 1]);
  const listed = await json(sandbox, 'mcp', '--calls');
  expect(listed.map(({ altered }: { altered: boolean }) => altered)).toEqual([false, true]);
  const shown = await json(sandbox, 'mcp', 'show', listed[1].id);
  expect(shown.request).toMatchObject({ dropped: true, hits: [{ rule: 'mock', action: 'alert' }, { action: 'mock' }] });
  expect(shown.answer).toMatchObject({ synthetic: true, hits: [] });
  const table = (await sandbox.run(['mcp'])).stdout.toString();
  expect(table).toContain('1 altered call left out');
}, 60_000);
