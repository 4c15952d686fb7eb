import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readClaudeSettings } from '../../src/settings/claude/index.js';
import { findObstacles, whyNotThroughProxy } from '../../src/wrap/obstacles.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'claude-trace-obstacles-'));
  await mkdir(join(home, '.claude'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const file = () => join(home, '.claude', 'settings.json');

async function contextOf(settings: object, env: Record<string, string> = {}) {
  await writeFile(file(), JSON.stringify(settings));
  const all = { HOME: home, ...env };
  return {
    settings: readClaudeSettings({ env: all, cwd: home, managedFolders: [] }),
    env: all,
    plan: {
      interceptHosts: ['api.anthropic.com', '*.anthropic.com', 'mcp.example:443'],
      mcpHosts: ['mcp.example:443'],
    },
  };
}

const obstaclesOf = async (variables: object, env: Record<string, string> = {}) =>
  findObstacles(await contextOf({ env: variables }, env));

describe('findObstacles', () => {
  it.each([
    [{ https_proxy: 'http://u:zorblax@company:1' }, 'https_proxy'],
    [{ https_proxy: '', HTTPS_PROXY: 'http://company:1' }, 'HTTPS_PROXY'],
    [{ https_proxy: '', HTTPS_PROXY: '', http_proxy: 'http://company:1' }, 'http_proxy'],
  ])('finds a proxy in the settings that overrides ours: %j', async (variables, name) => {
    const obstacles = await obstaclesOf(variables);
    expect(obstacles).toEqual([
      { kind: 'route', message: expect.stringContaining(`${name} in ${file()} makes Claude Code bypass`) },
    ]);
    expect(JSON.stringify(obstacles)).not.toContain('zorblax');
  });

  it.each([
    [{ HTTPS_PROXY: 'http://company:1' }],
    [{ HTTP_PROXY: 'http://company:1', http_proxy: 'http://company:1' }],
    [{ https_proxy: '' }],
    [{ ALL_PROXY: 'http://company:1' }],
  ])('accepts a proxy that ours overrides and chains to: %j', async (variables) => {
    expect(await obstaclesOf(variables)).toEqual([]);
  });

  it.each([
    ['*', true],
    ['api.anthropic.com', true],
    ['localhost,.anthropic.com', true],
    ['localhost, 10.0.0.0/8', false],
    ['', false],
  ])('NO_PROXY %j in the settings bypasses us: %s', async (value, isPast) => {
    for (const name of ['NO_PROXY', 'no_proxy']) {
      const obstacles = await obstaclesOf({ [name]: value });
      expect(obstacles.map(({ kind }) => kind)).toEqual(isPast ? (value === '*' ? ['route', 'mcp'] : ['route']) : []);
      if (isPast) expect(obstacles[0]?.message).toContain(`${name} in ${file()}`);
    }
  });

  it('notes MCP servers that NO_PROXY in the settings excludes, which is no reason for missing API requests', async () => {
    expect(await obstaclesOf({ NO_PROXY: 'mcp.example' })).toEqual([
      { kind: 'mcp', message: expect.stringContaining('excludes MCP servers (mcp.example:443)') },
    ]);
  });

  it('ignores variables of the environment that wrap overrides', async () => {
    const env = { https_proxy: 'http://company:1', NO_PROXY: '*', NODE_EXTRA_CA_CERTS: '/company.pem' };
    expect(await obstaclesOf({}, env)).toEqual([]);
    expect(await obstaclesOf({}, { ANTHROPIC_UNIX_SOCKET: '/run/claude.sock' })).toEqual([
      { kind: 'route', message: expect.stringContaining('ANTHROPIC_UNIX_SOCKET in the environment') },
    ]);
  });

  it('finds settings that override our certificate', async () => {
    expect(await obstaclesOf({ NODE_EXTRA_CA_CERTS: '/company.pem' })).toEqual([
      { kind: 'certificate', message: expect.stringContaining(`NODE_EXTRA_CA_CERTS in ${file()}`) },
    ]);
  });

  it.each([
    ['CLAUDE_CODE_USE_BEDROCK', 'Amazon Bedrock'],
    ['CLAUDE_CODE_USE_VERTEX', 'Google Vertex AI'],
    ['CLAUDE_CODE_USE_FOUNDRY', 'Microsoft Foundry'],
  ])('finds %s in the settings and in the environment', async (name, service) => {
    const message = expect.stringMatching(new RegExp(`${service}.*not traced`));
    for (const value of ['1', 'true', 'YES']) {
      expect(await obstaclesOf({ [name]: value })).toEqual([{ kind: 'mode', message }]);
      expect(await obstaclesOf({}, { [name]: value })).toEqual([{ kind: 'mode', message }]);
    }
    expect(await obstaclesOf({ [name]: '0' }, { [name]: '1' })).toEqual([]);
    expect(await obstaclesOf({ [name]: '' })).toEqual([]);
  });
});

it('a helper that makes credentials for the proxy keeps Claude Code from ours when it is switched on', async () => {
  const helper = { proxyAuthHelper: 'make-token' };
  const on = { CLAUDE_CODE_ENABLE_PROXY_AUTH_HELPER: '1' };
  expect(whyNotThroughProxy(await contextOf(helper))).toBeNull();
  expect(whyNotThroughProxy(await contextOf({}, on))).toBeNull();
  expect(whyNotThroughProxy(await contextOf(helper, on))).toContain(`proxyAuthHelper in ${file()}`);
  expect(whyNotThroughProxy(await contextOf({ ...helper, env: on }))).toContain(file());
});
