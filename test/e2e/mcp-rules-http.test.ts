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
  - { id: hold, when: { tool: held }, then: [{ alert: look }, { pause: { limit_ms: 600000 } }] }
  - { id: seen, when: { tool: plain }, then: [{ tag: seen }] }
  - { id: deep, when: { tool: held, params: { "$..never": true } }, then: [{ tag: never }] }
`;
/** Rule deep cannot look into it, and fails. */
const DEEP = JSON.parse(`${'['.repeat(250)}${']'.repeat(250)}`);

const call = (id: number, name: string) => {
  const text = name === 'held' ? DEEP : 'hello';
  return JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: { text } } });
};

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
  const post = (id: number, name: string) => ({ path: '/mcp', headers, body: call(id, name) });
  const names = ['erase', 'echo', 'plain', 'held'];
  const requests = [...names.map((name, index) => post(index + 1, name)), { ...post(5, 'echo'), waitFor: 'go' }];
  const program = sandbox.start(['wrap', '--rules', file, '--', ...client({ host: 'mcp.example.com', requests })], {
    env: await sandbox.behind(api),
  });
  const status = async () => JSON.parse((await sandbox.run(['rules', 'status', '--json'])).stdout.toString());
  await expect
    .poll(async () => (await status())[0]?.paused ?? [])
    .toMatchObject([{ server: 'web', name: 'held', alerts: ['look'] }]);
  const failures = async () => (await status())[0]?.failures;
  await expect.poll(failures).toMatchObject([{ rule: 'deep', server: 'web' }]);
  await writeFile(file, RULES.replace('changed', 'again'));
  // Failures are those of the rules that act now.
  await expect.poll(failures).toEqual([]);
  expect((await sandbox.run(['rules', 'resume', 'all'])).exitCode).toBe(0);
  await expect.poll(() => asked).toHaveLength(3);
  program.process.stdin.end('go\n');
  const ended = await program.ended;
  expect(answers(ended).map(({ body }) => JSON.parse(body.toString()))).toMatchObject([
    { id: 1, error: { message: expect.stringContaining('not here') } },
    ...[2, 3, 4, 5].map((id) => ({ id, result: { content: [{ text: 'fine' }] } })),
  ]);
  expect(asked).toEqual([
    call(2, 'echo').replace('hello', 'changed'),
    call(3, 'plain'),
    call(4, 'held'),
    call(5, 'echo').replace('hello', 'again'),
  ]);
  const listed = async (...args: string[]) =>
    JSON.parse((await sandbox.run(['mcp', ...args, '--json'])).stdout.toString());
  expect(await listed()).toMatchObject([{ server: 'web', calls: 1, failed_calls: 0, altered_calls: 4 }]);
  const calls: { name: string; state: string; altered: boolean; hits: { rule: string }[] }[] = await listed('--calls');
  expect(calls.map(({ name, state, altered, hits }) => [name, state, altered, hits.map(({ rule }) => rule)])).toEqual([
    ['echo', 'ok', true, ['up']],
    ['held', 'ok', true, ['hold', 'hold']],
    ['plain', 'ok', false, ['seen']],
    ['echo', 'ok', true, ['up']],
    ['erase', 'rpc_error', true, ['no', 'no']],
  ]);
  expect(notices(ended)).toContain('Rules do not act on these MCP servers: socket.');
  expect(notices(ended)).toContain('Rules: 7 hits of 4 rules, 2 alerts.');
});
