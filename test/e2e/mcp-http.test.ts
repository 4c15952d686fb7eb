import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { jsonReply } from '../../src/scripted/reply.js';
import { answers, client, clientEvents } from '../support/product/client.js';
import { newSandbox, notices, type Sandbox } from '../support/product.js';
import { type ScriptedApi, startScriptedApi } from '../support/scripted-api.js';

const TOKEN = 'zorblax-token-0123456789';
const ENV_VALUE = 'zorblax-env-0123456789';
const CALL = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { token: 'mine', text: ENV_VALUE },
});

describe('an MCP server with a URL', () => {
  let sandbox: Sandbox;
  let api: ScriptedApi;
  beforeEach(async () => {
    sandbox = await newSandbox();
    api = await startScriptedApi({ script: () => jsonReply(200, { result: { text: `It is ${TOKEN}.` } }) });
    onTestFinished(() => api.close());
    await write('home/.claude.json', {
      mcpServers: {
        web: {
          type: 'http',
          url: `https://mcp.\${ZONE:-example.com}/mcp?key=${TOKEN}`,
          headers: { 'X-Team': `team \${TEAM_TOKEN}` },
        },
        program: { command: 'server', env: { ANY_NAME: ENV_VALUE } },
      },
    });
  });

  async function write(name: string, content: object): Promise<void> {
    const file = join(sandbox.root, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(content));
  }

  async function session(args: readonly string[] = [], host = 'mcp.example.com') {
    const headers = { 'x-team': `team ${TOKEN}`, 'content-type': 'application/json' };
    const requests = [
      { path: `/mcp?key=${TOKEN}`, headers, body: CALL },
      { path: '/token', body: 'code=abcdefghij&client_secret=zorblax-client' },
      { method: 'GET', path: '/other' },
    ];
    const ended = await sandbox.run(['wrap', ...args, '--', ...client({ host, requests })], {
      env: { ...(await sandbox.behind(api)), TEAM_TOKEN: TOKEN },
    });
    expect(answers(ended)).toHaveLength(3);
    return ended;
  }

  it('is recorded as kind mcp, without a secret of any server’s configuration on the disk', async () => {
    await session();
    expect(sandbox.stored().map(({ row }) => row.kind)).toEqual(['mcp', 'oauth', 'other']);
    const [call] = sandbox.stored();
    expect(call?.requestBody.toString()).toContain('"token":"mine"');
    expect(call?.requestBody.toString()).toContain('[redacted:');
    const stored = await sandbox.bytesBelow(sandbox.root.concat('/share'));
    for (const secret of [TOKEN, ENV_VALUE, 'zorblax-client', 'abcdefghij']) {
      expect([secret, stored.includes(secret)]).toEqual([secret, false]);
    }
    const listed = await sandbox.run(['query', '--kind', 'mcp', '--json']);
    expect(JSON.parse(listed.stdout.toString())).toMatchObject([{ kind: 'mcp', status: 200 }]);
  });

  it.each([
    ['--no-mcp', ['--no-mcp'], {}],
    ['mcp.enabled', [], { 'mcp.enabled': false }],
    ['mcp.exclude', [], { 'mcp.exclude': ['w*'] }],
  ])('passes unread with %s', async (_what, args, config) => {
    await sandbox.configure(config);
    const ended = await session(args);
    expect(clientEvents(ended.stdout)[1]).toMatchObject({ issuer: expect.stringContaining('scripted API') });
    expect(sandbox.stored()).toEqual([]);
    expect(notices(ended)).toEqual([expect.stringMatching(/^No requests were seen: /)]);
  });

  it('is not recorded where it is an excluded connector of claude.ai', async () => {
    await sandbox.configure({ 'mcp.exclude': ['claude.ai *'] });
    await session([], 'mcp-proxy.anthropic.com');
    expect(sandbox.stored()).toEqual([]);
  });

  it('passes unread where settings deny it, and on another port', async () => {
    await write('work/.claude/settings.local.json', { deniedMcpServers: [{ serverUrl: 'https://mcp.*' }] });
    await session();
    expect(sandbox.stored()).toEqual([]);
  });

  it('reaches a client that refuses our certificate all the same', async () => {
    const requests = [{ path: '/mcp', body: CALL, retry: true }];
    const env = await sandbox.behind(api);
    const distrusting = [
      'env',
      `NODE_EXTRA_CA_CERTS=${env.NODE_EXTRA_CA_CERTS}`,
      ...client({ host: 'mcp.example.com', requests }),
    ];
    const ended = await sandbox.run(['wrap', '--', ...distrusting], { env });
    expect(answers(ended).map(({ status }) => status)).toEqual([200]);
    expect(notices(ended).join('\n')).toContain('mcp.example.com:443');
  });
});
