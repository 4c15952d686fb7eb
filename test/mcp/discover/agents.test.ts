import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverWithAgents, isIntercepted, type McpConfig } from '../../../src/mcp/discover/index.js';
import { readClaudeSettings } from '../../../src/settings/claude/index.js';
import { DEFAULT_CONFIG } from '../../../src/settings/config.js';

let root: string;
let cwd: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'claude-trace-agents-')));
  cwd = join(root, 'repo', 'sub');
  await mkdir(cwd, { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(name: string, content: string): Promise<void> {
  const file = join(root, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

async function discover(args: string[] = [], config: Partial<McpConfig> = {}) {
  const context = { env: { HOME: join(root, 'home'), KEY: 'key-0123456789' }, cwd, command: ['claude', ...args] };
  const settings = readClaudeSettings({ ...context, managedFolders: [] });
  const { servers } = await discoverWithAgents({
    ...context,
    settings,
    config: { ...DEFAULT_CONFIG, 'mcp.stdio': true, ...config },
    managedFolders: [],
  });
  return servers;
}

const decisions = async (...given: Parameters<typeof discover>) =>
  (await discover(...given)).map(({ name, scope, decision }) => `${name}: ${scope} ${decision}`);

const agent = (servers: string) => `---\nname: scout\ndescription: Looks\nmcpServers:\n${servers}\n---\n\nLook.\n`;

describe('servers of agents', () => {
  it('are found in files of the user and of the folders above, at any depth', async () => {
    await write('home/.claude/agents/guide.md', agent('  - own:\n      command: /bin/own\n  - github'));
    await write(
      'repo/.claude/agents/team/scout.md',
      agent('  - web:\n      type: http\n      url: https://web.test/mcp'),
    );
    await write(
      'repo/sub/.claude/agents/a.md',
      agent('  socket: { type: ws, url: "wss://ws.test" }').replaceAll('\n', '\r\n'),
    );
    expect(await decisions()).toEqual(['own: user of_agent', 'socket: project websocket', 'web: project recorded']);
    expect(await decisions(['--setting-sources', 'user'])).toEqual(['own: user of_agent']);
    expect(await decisions([], { 'mcp.exclude': ['*'] })).toEqual([
      'own: user excluded',
      'socket: project excluded',
      'web: project excluded',
    ]);
    expect(await decisions([], { 'mcp.enabled': false })).toEqual([]);
  });

  it('with a URL are read, and their headers are secrets', async () => {
    await write(
      'repo/.claude/agents/a.md',
      agent(`  - web: { type: http, url: "https://web.test", headers: { X: "\${KEY}" } }`),
    );
    const [server] = await discover();
    expect(server && isIntercepted(server)).toBe(true);
    expect(server?.secrets).toEqual(['key-0123456789']);
  });

  it('are those of --agents, as JSON or in a file', async () => {
    const agents = { scout: { prompt: 'x', mcpServers: [{ given: { command: '/bin/given' } }, 'github'] }, none: 5 };
    await write('repo/sub/agents.json', JSON.stringify(agents));
    const expected = ['given: command line of_agent'];
    expect(await decisions(['--agents', JSON.stringify(agents)])).toEqual(expected);
    expect(await decisions(['--agents=agents.json', '--setting-sources', 'user'])).toEqual(expected);
    expect(await decisions(['mcp', '--agents', JSON.stringify(agents)])).toEqual(['given: command line no_session']);
    expect(await decisions(['--agents', 'missing.json', '--agents', '{'])).toEqual([]);
  });

  it.each([
    ['no frontmatter', 'mcpServers:\n  - own: { command: a }\n'],
    ['broken YAML', agent('  - own: {')],
    ['a word in its text', '---\nname: a\n---\nmcpServers:\n  - own: { command: a }\n'],
    ['aliases without end', agent('  - &a [*a, *a]\n  - own: 5')],
  ])('are not found in a file with %s', async (_title, content) => {
    await write('repo/.claude/agents/a.md', content);
    expect(await decisions()).toEqual([]);
  });
});

it('servers of plugins that are fetched or in an archive are not known, and named', async () => {
  const expected = ['plugins of --plugin-url, or archives: plugin unread_plugin'];
  expect(await decisions(['--plugin-url', 'https://kit.test/kit.zip'])).toEqual(expected);
  expect(await decisions(['--plugin-dir', 'kit.zip'])).toEqual(expected);
  expect(await decisions(['--plugin-dir', 'kit'])).toEqual([]);
  expect(await decisions(['plugin', '--plugin-url', 'https://kit.test/kit.zip'])).toEqual([]);
});
