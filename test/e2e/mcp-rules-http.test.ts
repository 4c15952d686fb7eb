import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { jsonReply } from '../../src/scripted/reply.js';
import { answers, client } from '../support/product/client.js';
import { newSandbox, notices } from '../support/product.js';
import { startScriptedApi } from '../support/scripted-api.js';

const RULES = `version: 1
rules:
  - { id: no, when: { tool: erase }, then: [{ alert: erased }, { block: { reason: not here } }] }
  - { id: up, when: { tool: echo, direction: client_to_server }, then: [{ modify: { set: { "$.arguments.text": changed } } }] }
  - { id: seen, when: { tool: plain }, then: [{ tag: seen }] }
`;

const call = (id: number, name: string) =>
  JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: { text: 'hello' } } });

it('wrap --rules acts on a server with a URL, and statistics leave out what it altered', async () => {
  const sandbox = await newSandbox();
  const asked: string[] = [];
  const api = await startScriptedApi({
    script: ({ body }) => {
      asked.push(body.toString());
      const { id } = JSON.parse(body.toString());
      return jsonReply(200, { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'fine' }] } });
    },
  });
  onTestFinished(() => api.close());
  const servers = {
    web: { type: 'http', url: 'https://mcp.example.com/mcp' },
    socket: { type: 'ws', url: 'wss://other.example.com/mcp' },
  };
  await writeFile(join(sandbox.env.HOME ?? '', '.claude.json'), JSON.stringify({ mcpServers: servers }));
  const file = join(sandbox.root, 'rules.yaml');
  await writeFile(file, RULES);
  const headers = { 'content-type': 'application/json' };
  const requests = ['erase', 'echo', 'plain'].map((name, id) => ({ path: '/mcp', headers, body: call(id + 1, name) }));
  const ended = await sandbox.run(['wrap', '--rules', file, '--', ...client({ host: 'mcp.example.com', requests })], {
    env: await sandbox.behind(api),
  });
  expect(answers(ended).map(({ body }) => JSON.parse(body.toString()))).toMatchObject([
    { id: 1, error: { message: expect.stringContaining('not here') } },
    { result: { content: [{ text: 'fine' }] } },
    { result: { content: [{ text: 'fine' }] } },
  ]);
  expect(asked).toEqual([call(2, 'echo').replace('hello', 'changed'), call(3, 'plain')]);
  const listed = async (...args: string[]) =>
    JSON.parse((await sandbox.run(['mcp', ...args, '--json'])).stdout.toString());
  expect(await listed()).toMatchObject([{ server: 'web', calls: 1, failed_calls: 0, altered_calls: 2 }]);
  const calls: { name: string; state: string; altered: boolean; hits: { rule: string }[] }[] = await listed('--calls');
  expect(calls.map(({ name, state, altered, hits }) => [name, state, altered, hits.map(({ rule }) => rule)])).toEqual([
    ['plain', 'ok', false, ['seen']],
    ['echo', 'ok', true, ['up']],
    ['erase', 'rpc_error', true, ['no', 'no']],
  ]);
  expect(notices(ended)).toContain('rules do not act on these MCP servers: socket.');
  expect(notices(ended)).toContain('Rules: 4 hits of 3 rules, 1 alert.');
});
