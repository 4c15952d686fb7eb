import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openReaderOrEmpty } from '../../src/store/index.js';
import { client, clientEvents } from '../support/product/client.js';
import { newSandbox } from '../support/product.js';
import { startScriptedApi } from '../support/scripted-api.js';

const EVENTS = { 'content-type': 'text/event-stream' };
const rpc = (message: object) => JSON.stringify({ jsonrpc: '2.0', ...message });
const result = (id: number, text: string) => rpc({ id, result: { content: [{ type: 'text', text }] } });
const progress = `data: ${rpc({ method: 'notifications/progress', params: { progressToken: 2 } })}\n\n`;

/** What a server answers to the call with the position as its id, and the states of this call. */
const ANSWERS: readonly (readonly [what: string, body: string | Buffer, states: readonly string[]])[] = [
  ['a result of 20 MB', `data: ${result(0, 'x'.repeat(20e6))}\n\n`, ['ok']],
  ['20 MB without a line end', 'x'.repeat(20e6), ['interrupted']],
  ['20,000 notifications, then the result', `${progress.repeat(20_000)}data: ${result(2, 'four')}\n\n`, ['ok']],
  [
    'a million nested lists',
    `data: {"jsonrpc":"2.0","id":3,"result":${'['.repeat(1e6)}${']'.repeat(1e6)}}\n\n`,
    ['ok'],
  ],
  ['invalid UTF-8', Buffer.from(`data: ${result(4, '\xff\xfe\xc3')}\n\n`, 'latin1'), ['ok']],
  ['two results', `data: ${result(5, 'one')}\n\ndata: ${result(5, 'two')}\n\n`, ['ok']],
  ['results of nobody', `data: ${result(99, 'x')}\n\ndata: {"jsonrpc":"2.0","result":{}}\n\n`, ['interrupted']],
  ['a name of a megabyte', `data: ${rpc({ id: 7, method: 'x'.repeat(1e6) })}\n\ndata: ${result(7, 'x')}\n\n`, ['ok']],
];

it('hostile servers over HTTP: the client gets their bytes, and the recording stays bounded and says what is missing', async () => {
  const sandbox = await newSandbox();
  const api = await startScriptedApi({
    script: ({ body }) => ({ status: 200, headers: EVENTS, body: ANSWERS[JSON.parse(body.toString()).id]?.[1] ?? '' }),
  });
  onTestFinished(() => api.close());
  await mkdir(join(sandbox.root, 'home'), { recursive: true });
  const server = { type: 'http', url: 'https://mcp.example.com/mcp' };
  await writeFile(join(sandbox.root, 'home/.claude.json'), JSON.stringify({ mcpServers: { web: server } }));
  const requests = ANSWERS.map((_, id) => ({
    path: '/mcp',
    headers: { accept: 'application/json, text/event-stream' },
    body: rpc({ id, method: 'tools/call', params: { name: `${id}`, _meta: { progressToken: id } } }),
  }));
  const traced = ['wrap', '--', ...client({ host: 'mcp.example.com', requests })];
  const ended = await sandbox.run(traced, { env: await sandbox.behind(api) });

  const received = clientEvents(ended.stdout).flatMap((event) => (event.event === 'end' ? [event.body] : []));
  ANSWERS.forEach(([what, body], index) => {
    const isSame = Buffer.from(String(received[index]), 'base64').equals(Buffer.from(body));
    expect([what, isSame]).toEqual([what, true]);
  });
  expect(ended.stderr.toString()).not.toMatch(/could not be read|started again/);

  const reader = openReaderOrEmpty(sandbox.database);
  onTestFinished(() => reader.close());
  const calls = reader.mcpCalls().toSorted((a, b) => Number(a.name) - Number(b.name));
  expect(calls.map(({ state }) => state)).toEqual(ANSWERS.flatMap(([, , states]) => states));
  const [large] = calls;
  expect(reader.mcpCall(large?.id ?? '').answer).toMatchObject({ truncated: true, size: 20e6 + result(0, '').length });
  const [connection] = reader.mcpConnections();
  expect(reader.mcpMessages(connection?.id ?? 'mcps_').rows.every(({ method }) => (method?.length ?? 0) <= 512)).toBe(
    true,
  );
}, 120_000);
