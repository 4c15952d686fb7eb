import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discoverMcpServers, isIntercepted, type McpConfig, recordedServer } from '../../../src/mcp/discover/index.js';
import { readClaudeSettings } from '../../../src/settings/claude/index.js';
import { DEFAULT_CONFIG } from '../../../src/settings/config.js';

let root: string;
let home: string;
let cwd: string;
let managed: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'claude-trace-discover-')));
  [home, cwd, managed] = ['home', 'repo', 'etc'].map((name) => join(root, name)) as [string, string, string];
  await mkdir(cwd);
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Files by their paths below the temporary folder. */
async function files(contents: Record<string, unknown>): Promise<void> {
  for (const [name, content] of Object.entries(contents)) {
    const file = join(root, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  }
}

interface Place {
  command?: string[];
  env?: Record<string, string>;
  config?: Partial<McpConfig>;
  cwd?: string;
}

function discover({ command = ['claude'], env = {}, config = {}, cwd: folder = cwd }: Place = {}) {
  const context = { env: { HOME: home, ...env }, cwd: folder, command, managedFolders: [managed] };
  const settings = readClaudeSettings(context);
  return discoverMcpServers({
    ...context,
    settings,
    config: { ...DEFAULT_CONFIG, 'mcp.stdio': true, ...config },
  });
}

/** `name: scope decision` of each server. */
function decisions(place: Place = {}): string[] {
  return discover(place)
    .servers.map(({ name, scope, decision }) => `${name}: ${scope} ${decision}`)
    .sort();
}

const stdio = (...command: string[]) => ({ command: command[0] ?? '/bin/server', args: command.slice(1) });
const http = (url: string, more: object = {}) => ({ type: 'http', url, ...more });
const servers = (mcpServers: object) => ({ mcpServers });
const state = (more: object = {}, project: object = {}) => ({ projects: { [cwd]: project }, ...more });

describe('the places', () => {
  it('are the user, the project with the folders above it, the local scope and the command line', async () => {
    await files({
      'home/.claude.json': state(servers({ usr: stdio() }), servers({ loc: stdio() })),
      'repo/.mcp.json': servers({ prj: stdio() }),
      '.mcp.json': servers({ above: http('https://above.test/mcp') }),
      'given.json': servers({ given: { type: 'sse', url: 'http://localhost:3000/sse' } }),
    });
    const inline = JSON.stringify(servers({ inline: stdio() }));
    const command = ['claude', '--mcp-config', join(root, 'given.json'), inline, '-p', 'hello'];
    expect(decisions({ command })).toEqual([
      'above: project unapproved',
      'given: command line recorded',
      'inline: command line recorded',
      'loc: local recorded',
      'prj: project unapproved',
      'usr: user recorded',
    ]);
    expect(discover({ command }).servers.find(({ name }) => name === 'given')).toMatchObject({
      transport: 'sse',
      url: 'http://localhost:3000/sse',
      entry: null,
    });
  });

  it('yield one server for each name: command line before local, project, user and plugin', async () => {
    const s = (word: string) => servers({ s: stdio(word) });
    await files({ 'home/.claude.json': state(s('usr')) });
    const entry = () => discover().servers.map(({ scope, entry }) => [scope, entry?.command]);
    expect(entry()).toEqual([['user', 'usr']]);
    await files({
      'repo/.mcp.json': s('prj'),
      'repo/.claude/settings.local.json': { enabledMcpjsonServers: ['s'] },
    });
    expect(entry()).toEqual([['project', 'prj']]);
    await files({ 'home/.claude.json': state(s('usr'), s('loc')) });
    expect(entry()).toEqual([['local', 'loc']]);
    const command = ['claude', `--mcp-config=${JSON.stringify(s('given'))}`];
    expect(discover({ command }).servers).toMatchObject([{ scope: 'command line', entry: { command: 'given' } }]);
  });

  it('are only --mcp-config with --strict-mcp-config', async () => {
    await files({ 'home/.claude.json': state(servers({ usr: stdio() })) });
    const command = ['claude', '--strict-mcp-config', '--mcp-config', JSON.stringify(servers({ given: stdio() }))];
    expect(decisions({ command })).toEqual(['given: command line recorded']);
    expect(decisions({ command: ['claude', '--strict-mcp-config'] })).toEqual([]);
  });

  it('are limited by --setting-sources', async () => {
    await files({
      'home/.claude.json': state(servers({ usr: stdio() }), servers({ loc: stdio() })),
      'repo/.mcp.json': servers({ prj: stdio() }),
    });
    const of = (sources: string) => decisions({ command: ['claude', '--setting-sources', sources] });
    expect(of('user')).toEqual(['usr: user recorded']);
    expect(of('project')).toEqual(['prj: project unapproved']);
    expect(of('local')).toEqual(['loc: local recorded']);
  });

  it('belong to the repository, also in a folder of it and in a worktree', async () => {
    await files({
      'repo/.git/HEAD': '',
      'repo/sub/x': '',
      'tree/.git': `gitdir: ${cwd}/.git/worktrees/tree\n`,
      'home/.claude.json': state({}, { ...servers({ loc: stdio() }), disabledMcpServers: ['off'] }),
      '.mcp.json': servers({ off: stdio() }),
    });
    const expected = ['loc: local recorded', 'off: project disabled'];
    expect(decisions({ cwd: join(cwd, 'sub') })).toEqual(expected);
    expect(decisions({ cwd: join(root, 'tree') })).toEqual(expected);
  });

  it('are read as far as they can be, and what cannot is named', async () => {
    await files({
      'home/.claude.json': state(
        servers({
          usr: stdio(),
          list: [],
          number: 5,
          bare: {},
          untyped: { url: 'https://x.test' },
          ws: { type: 'ws' },
        }),
      ),
      'repo/.mcp.json': '{ zorblax',
    });
    const { servers: found, problems } = discover({ command: ['claude', '--mcp-config', 'missing.json', '{ zorblax'] });
    expect(found.map(({ name }) => name)).toEqual(['usr']);
    expect(problems).toEqual([
      expect.stringContaining('--mcp-config is not valid JSON'),
      expect.stringContaining(`${join(cwd, '.mcp.json')} is not valid JSON`),
    ]);
    expect(problems.join()).not.toContain('zorblax');
  });
});

describe('plugins', () => {
  const kit = (name = 'kit') => ({
    [`${name}/.claude-plugin/plugin.json`]: { name: 'kit', mcpServers: ['./more.json', { inline: stdio() }] },
    [`${name}/more.json`]: servers({ more: http('https://more.test/mcp') }),
    [`${name}/.mcp.json`]: { plain: stdio(`\${CLAUDE_PLUGIN_ROOT}/run.sh`, `\${CLAUDE_PLUGIN_DATA}`, `\${HOME}`) },
  });
  const names = ['plugin:kit:inline', 'plugin:kit:more', 'plugin:kit:plain'].map((name) => `${name}: plugin recorded`);

  it('of a folder of the command line bring servers, whose entries work outside of the plugin', async () => {
    await files(kit());
    const command = ['claude', '--plugin-dir', join(root, 'kit')];
    expect(decisions({ command })).toEqual(names);
    expect(decisions({ command: ['claude', '--plugin-dir', root] })).toEqual(names);
    const data = join(home, '.claude', 'plugins', 'data', 'kit-inline');
    expect(discover({ command }).servers.find(({ name }) => name === 'plugin:kit:plain')?.entry).toEqual({
      command: join(root, 'kit', 'run.sh'),
      args: [data, `\${HOME}`],
      env: { CLAUDE_PLUGIN_ROOT: join(root, 'kit'), CLAUDE_PLUGIN_DATA: data },
    });
  });

  it('of a marketplace bring servers while they are enabled', async () => {
    const known = (source: string) => ({
      market: { source: { source }, installLocation: join(root, 'market') },
    });
    await files({
      ...kit('market/kit'),
      ...kit('cache/kit'),
      'market/.claude-plugin/marketplace.json': { plugins: [{ name: 'kit', source: './kit' }] },
      'home/.claude/plugins/known_marketplaces.json': known('directory'),
      'home/.claude/plugins/installed_plugins.json': {
        plugins: { 'kit@market': [{ scope: 'user', installPath: join(root, 'cache', 'kit') }] },
      },
      'home/.claude/settings.json': { enabledPlugins: { 'kit@market': true, 'gone@market': true } },
    });
    const program = () => discover().servers.find(({ name }) => name === 'plugin:kit:plain')?.entry?.command;
    expect(decisions()).toEqual(names);
    expect(program()).toBe(join(root, 'market', 'kit', 'run.sh'));
    await files({ 'home/.claude/plugins/known_marketplaces.json': known('github') });
    expect(program()).toBe(join(root, 'cache', 'kit', 'run.sh'));
    await files({ 'repo/.claude/settings.local.json': { enabledPlugins: { 'kit@market': false } } });
    expect(decisions()).toEqual([]);
    await files({ 'repo/.git/HEAD': '', 'repo/sub/x': '' });
    expect(decisions({ cwd: join(cwd, 'sub') })).toEqual([]);
    await files({
      'repo/.claude/settings.local.json': { enabledPlugins: { 'kit@market': true, 'other@market': true } },
    });
    expect(decisions({ cwd: join(cwd, 'sub') })).toEqual(names);
  });

  it('are left alone where another server has the same command, or where only Claude Code knows their options', async () => {
    await files({
      'home/.claude.json': state(servers({ usr: stdio('/bin/a', 'x') })),
      'kit/.mcp.json': servers({ same: stdio('/bin/a', 'x'), own: stdio('/bin/a', `\${user_config.key}`) }),
    });
    expect(decisions({ command: ['claude', '--plugin-dir', join(root, 'kit')] })).toEqual([
      'plugin:kit:own: plugin plugin_options',
      'plugin:kit:same: plugin duplicate',
      'usr: user recorded',
    ]);
  });
});

describe('consent', () => {
  const local = (content: object) => files({ 'repo/.claude/settings.local.json': content });
  beforeEach(async () => {
    await files({
      'home/.claude.json': state(servers({ usr: stdio('/bin/usr', '-x') }), { hasTrustDialogAccepted: true }),
      'repo/.mcp.json': servers({ 'my prj': stdio(), web: http('https://web.test/mcp') }),
    });
  });

  const [usr, prj, web] = ['usr: user', 'my prj: project', 'web: project'];

  it('is missing for servers of .mcp.json that nobody approved, also with -p', () => {
    const expected = [`${prj} unapproved`, `${usr} recorded`, `${web} unapproved`];
    expect(decisions()).toEqual(expected);
    expect(decisions({ command: ['claude', '-p', 'hello'] })).toEqual(expected);
  });

  it.each([
    ['repo/.claude/settings.local.json', { enableAllProjectMcpServers: true }],
    ['repo/.claude/settings.json', { enabledMcpjsonServers: ['my prj', 'web'] }],
    ['home/.claude/settings.json', { enableAllProjectMcpServers: true }],
    ['etc/managed-settings.json', { enableAllProjectMcpServers: true }],
  ])('is given in %s: %j', async (file, content) => {
    await files({ [file]: content });
    expect(decisions()).toEqual([`${prj} recorded`, `${usr} recorded`, `${web} recorded`]);
  });

  it('is given in what Claude Code knows of the project', async () => {
    await files({ 'home/.claude.json': state({}, { enabledMcpjsonServers: ['my prj'] }) });
    expect(decisions()).toEqual([`${prj} recorded`, `${web} unapproved`]);
  });

  it('is not given by another spelling, nor where a nearer place takes it back', async () => {
    await files({ 'home/.claude/settings.json': { enableAllProjectMcpServers: true } });
    await local({ enableAllProjectMcpServers: false, enabledMcpjsonServers: ['my_prj'] });
    expect(decisions()).toEqual([`${prj} unapproved`, `${usr} recorded`, `${web} unapproved`]);
  });

  it('is refused by any list, in any spelling, whatever else approves', async () => {
    await files({ 'home/.claude/settings.json': { enableAllProjectMcpServers: true } });
    await local({ enabledMcpjsonServers: ['web'], disabledMcpjsonServers: ['my_prj', 'web', 'usr'] });
    const found = discover().servers;
    expect(found.map(({ decision }) => decision)).toEqual(['recorded', 'refused', 'refused']);
    expect(found.some(isIntercepted)).toBe(false);
  });

  it('is refused by settings of the repository for a session in a folder of it, though not all versions read them', async () => {
    await files({
      'repo/.git/HEAD': '',
      'repo/sub/x': '',
      'home/.claude/settings.json': { enableAllProjectMcpServers: true },
    });
    await local({ disabledMcpjsonServers: ['web'], deniedMcpServers: [{ serverName: 'my prj' }] });
    expect(decisions({ cwd: join(cwd, 'sub') })).toEqual([`${prj} denied`, `${usr} recorded`, `${web} refused`]);
  });

  it('is not given by settings of the repository for a session in a folder of it, since not all versions read them', async () => {
    await files({ 'repo/.git/HEAD': '', 'repo/sub/x': '' });
    await local({ enableAllProjectMcpServers: true, enabledMcpjsonServers: ['web'] });
    expect(decisions({ cwd: join(cwd, 'sub') })).toEqual([`${prj} unapproved`, `${usr} recorded`, `${web} unapproved`]);
  });

  it('leaves the name of a refused server to the server of the user', async () => {
    await files({ 'repo/.mcp.json': servers({ usr: stdio('/bin/prj') }) });
    expect(decisions()).toEqual(['usr: project unapproved']);
    await local({ disabledMcpjsonServers: ['usr'] });
    expect(decisions()).toEqual([`${usr} recorded`]);
  });

  it('is withdrawn by /mcp', async () => {
    await files({ 'home/.claude.json': state(servers({ usr: stdio() }), { disabledMcpServers: ['usr', 'web'] }) });
    expect(decisions()).toEqual([`${prj} unapproved`, `${usr} disabled`, `${web} disabled`]);
  });

  it('is denied by name and by URL, which leaves other servers', async () => {
    await local({
      enableAllProjectMcpServers: true,
      deniedMcpServers: [{ serverName: 'usr' }, { serverUrl: 'https://web.*/mcp' }],
    });
    expect(decisions()).toEqual([`${prj} recorded`, `${usr} denied`, `${web} denied`]);
  });

  it('is denied by command; all other programs are left alone, since we would change their commands', async () => {
    await local({ enableAllProjectMcpServers: true, deniedMcpServers: [{ serverCommand: ['/bin/usr', '-x'] }] });
    expect(decisions()).toEqual([`${prj} policies`, `${usr} denied`, `${web} recorded`]);
  });

  it('is given only to what a list allows', async () => {
    await local({ enableAllProjectMcpServers: true, allowedMcpServers: [{ serverName: 'web' }] });
    expect(decisions()).toEqual([`${prj} denied`, `${usr} denied`, `${web} recorded`]);
    await files({ 'home/.claude/settings.json': { allowedMcpServers: [{ serverCommand: ['/bin/usr', '-x'] }] } });
    expect(decisions()).toEqual([`${prj} denied`, `${usr} policies`, `${web} recorded`]);
    await files({ 'etc/managed-settings.json': { allowedMcpServers: [], allowManagedMcpServersOnly: true } });
    expect(decisions()).toEqual([`${prj} denied`, `${usr} denied`, `${web} denied`]);
  });

  it('is given to plugins only where managed settings say so', async () => {
    await files({
      'etc/managed-settings.json': { strictPluginOnlyCustomization: ['mcp'] },
      'kit/.mcp.json': servers({ own: stdio('/bin/own') }),
    });
    expect(decisions({ command: ['claude', '--plugin-dir', join(root, 'kit')] })).toEqual([
      `${prj} denied`,
      'plugin:kit:own: plugin policies',
      `${usr} denied`,
      `${web} denied`,
    ]);
  });

  it('is the administrator’s with managed-mcp.json: nothing is added, and HTTP servers are read', async () => {
    await files({ 'etc/managed-mcp.json': servers({ man: stdio(), api: http('https://man.test/mcp') }) });
    const expected = ['api: managed recorded', 'man: managed managed'];
    expect(decisions()).toEqual(expected);
    await files({ 'etc/managed-mcp.json': '{' });
    expect(discover()).toEqual({ servers: [], problems: [expect.stringContaining('managed-mcp.json')] });
  });
});

describe('the command', () => {
  beforeEach(() => files({ 'home/.claude.json': state(servers({ usr: stdio(), web: http('https://web.test/mcp') })) }));
  const both = (decision: string) => [`usr: user ${decision}`, `web: user ${decision}`];

  it.each([
    [['claude']],
    [['/opt/bin/claude', '--model', 'mcp', '--', 'mcp']],
    [['claude.exe', '-p', 'update my files']],
    [['claude', '--allowedTools', 'mcp__x', 'mcp', '-p', 'hello']],
    [['npx', '-y', '@anthropic-ai/claude-code@2.1.332', '-p', 'x']],
    [['node', '/x/node_modules/@anthropic-ai/claude-code/cli.js']],
    [['/x/node_modules/@anthropic-ai/claude-code-linux-x64/claude', '--resume', 'an id', 'go on']],
  ])('starts a session: %j', (command) => {
    expect(decisions({ command })).toEqual(both('recorded'));
  });

  it.each([
    [['claude', 'mcp', 'list']],
    [['claude', '--debug', 'api', '--a-new-option', 'x', 'update']],
    [['claude', '--model', 'x', 'plugin', 'install', 'x']],
    [['claude', '--version']],
    [['claude', '-p', 'x', '--bg']],
    [['node', '/x/@anthropic-ai/claude-code/cli.js', 'doctor']],
  ])('starts none: %j', (command) => {
    expect(decisions({ command })).toEqual(both('no_session'));
  });

  it.each([[['bash']], [['npm', 'test']], [['node', 'server.js', 'claude']], [['npx', 'other']], [[]]])(
    'may start one that cannot be changed, but is read: %j',
    (command) => {
      expect(decisions({ command })).toEqual(['usr: user not_claude_code', 'web: user recorded']);
    },
  );

  it.each(['--bare', '--restricted', '--safe-mode'])('starts fewer servers with %s', (mode) => {
    const command = ['claude', mode, '--mcp-config', JSON.stringify(servers({ given: stdio() }))];
    const given = `given: command line ${mode === '--safe-mode' ? 'mode' : 'recorded'}`;
    expect(decisions({ command })).toEqual([given, ...both('mode')]);
  });
});

describe('the configuration', () => {
  beforeEach(() => files({ 'home/.claude.json': state(servers({ usr: stdio(), web: http('https://web.test/mcp') })) }));

  it('leaves programs alone until the user asks for them', () => {
    expect(decisions({ config: { 'mcp.stdio': false } })).toEqual(['usr: user stdio_off', 'web: user recorded']);
  });

  it('leaves a program alone that `mcp record` records with rules of its own', async () => {
    const record = (...options: string[]) => stdio('claude-trace', 'mcp', 'record', ...options, '--', 'server');
    await files({
      'home/.claude.json': state(
        servers({ ruled: record('--name', 'r', '--rules', 'r.yaml'), also: record('--rules=r.yaml'), named: record() }),
      ),
    });
    expect(decisions()).toEqual(['also: user records_itself', 'named: user recorded', 'ruled: user records_itself']);
  });

  it('includes and excludes servers by name', () => {
    expect(decisions({ config: { 'mcp.include': ['us*'] } })).toEqual(['usr: user recorded', 'web: user excluded']);
    expect(decisions({ config: { 'mcp.exclude': ['*'] } })).toEqual(['usr: user excluded', 'web: user excluded']);
  });

  it('switches everything off', () => {
    expect(discover({ config: { 'mcp.enabled': false } })).toEqual({ servers: [], problems: [] });
  });
});

describe('variables', () => {
  it('are expanded from the settings, then the environment, with defaults; what is not set stays', async () => {
    const web = http(`http://\${A}.test:\${B:-80}/\${C:-}\${D}/$A?\${A:-\${B}}`);
    await files({
      'home/.claude.json': state(servers({ web })),
      'home/.claude/settings.json': { env: { A: 'set' } },
    });
    const [server] = discover({ env: { A: 'process' } }).servers;
    expect(server?.url).toBe(`http://set.test:80/\${D}/$A?set}`);
  });
});

describe('secrets', () => {
  const secretsOf = async (entry: object, env: Record<string, string> = {}) => {
    await files({ 'home/.claude.json': state(servers({ s: entry })) });
    return discover({ env }).servers[0]?.secrets;
  };

  it('are all values of env and headers, expanded from either environment', async () => {
    await files({ 'home/.claude/settings.json': { env: { TOKEN: 'from-settings' } } });
    const env = { A: `x-\${TOKEN}`, N: 5, DB: 'postgres://me:pass%21word@db.test/x' };
    expect(await secretsOf({ ...stdio(), env }, { TOKEN: 'from-process' })).toEqual(
      expect.arrayContaining(['x-from-settings', 'x-from-process', '5', env.DB, 'pass%21word', 'pass!word']),
    );
    const headers = { Authorization: `Bearer \${TOKEN}`, 'X-Team': 'a team' };
    expect(await secretsOf(http('https://x.test', { headers }))).toEqual(
      expect.arrayContaining(['Bearer from-settings', 'from-settings', 'a team']),
    );
    const basic = Buffer.from('me:pass-word').toString('base64');
    expect(await secretsOf(http('https://x.test', { headers: { Authorization: `Basic ${basic}` } }))).toEqual(
      expect.arrayContaining([basic, 'me:pass-word', 'pass-word']),
    );
  });

  it.each([
    [['--api-key', 'zorblax-secret']],
    [['--api-key=zorblax-secret']],
    [['-e', 'API_TOKEN=zorblax-secret']],
    [['--header', 'Authorization: Bearer zorblax-secret']],
    [['--header', 'X-Whatever: zorblax-secret']],
    [['https://me:zorblax-secret@x.test/mcp']],
    [['https://x.test/mcp?q=zorblax-secret']],
  ])('are in arguments: %j', async (args) => {
    expect(await secretsOf({ command: 'npx', args })).toContain('zorblax-secret');
  });

  const SECRET = 'zorblax-secret';

  it.each(
    [
      ['-H', `Authorization: Bearer ${SECRET}`],
      ['-H', `Authorization:Bearer ${SECRET}`],
      [`-HAuthorization: Bearer ${SECRET}`],
      [`--header=Authorization: Bearer ${SECRET}`],
      ['--headers', 'Authorization', `Bearer ${SECRET}`],
      ['--header', 'Authorization:', 'Bearer', SECRET],
      ['--headers', `{"Authorization":"Bearer ${SECRET}"}`],
      ['-H', `Proxy-Authorization: Bearer ${SECRET}`],
      ['-H', `X-Api-Key: ${SECRET}`],
      ['--header', `Cookie: sid=${SECRET}; theme=dark`],
      ['-c', `curl -H "Authorization: Bearer ${SECRET}" x`],
      ['-c', `API_KEY=${SECRET} server`],
      [`--url=https://me:${SECRET}@h/x`],
      [`--url=https://h/x?token=${SECRET}&a=b`],
      ['-e', `X=postgres://u:${SECRET}@h/d`],
      [`redis://:${SECRET}@h:6379`],
      [`mongodb+srv://u:${SECRET}@h/d`],
      [`mongodb://u:${SECRET}@h1:27017,h2:27017/d`],
      [`amqp://u:${SECRET}@h`],
      [`jdbc:postgresql://u:${SECRET}@h/d`],
      [`Server=h;User Id=u;Password=${SECRET};`],
      [`--dsn=host=h password=${SECRET} user=u`],
    ].map((args) => [args]),
  )('are in arguments, without names of headers: %j', async (args) => {
    const found = await secretsOf({ command: 'npx', args });
    expect(found).toContain(SECRET);
    expect(found).not.toContain('Authorization');
    expect(found).not.toContain('Authorization:');
  });

  it.each(
    [
      ['--author', 'Somebody Somewhere'],
      ['-h', 'localhost.localdomain', 'database-name'],
      ['-H', 'Content-Type: application/json'],
      ['--url=https://host.example/some/path'],
      ['--mode=production-mode', '--authority=somewhere-else'],
    ].map((args) => [args]),
  )('are not in arguments: %j', async (args) => {
    expect(await secretsOf({ command: 'npx', args })).toEqual([]);
  });

  it('are in the JSON of a variable', async () => {
    const env = { HEADERS: `{"Authorization":"Bearer ${SECRET}","Version":"2022-06-28-version"}` };
    const found = await secretsOf({ ...stdio(), env });
    expect(found).toContain(SECRET);
    expect(found).not.toContain('2022-06-28-version');
  });

  it.each([
    ['AUTHORIZATION', `Bearer ${SECRET}`, true],
    ['TICKETS_TOKEN', SECRET, true],
    ['DATABASE_URL', `postgres://alice:${SECRET}@h/d`, true],
    ['DB', `Server=h;Password=${SECRET}`, true],
    ['ENDPOINT', `https://h/x?api_key=${SECRET}`, true],
    ['ENDPOINT', 'https://h/x?tab=readme-overview', false],
    ['REMOTE', 'ssh://git@host.example/project', false],
    ['AUTHOR', 'Somebody Somewhere', false],
  ])('of `mcp record` are in the variable %s=%s: %s', (name, value, isSecret) => {
    const { secrets } = recordedServer('s', ['server'], { [name]: value });
    expect(secrets.includes(value)).toBe(isSecret);
    expect(secrets.includes(SECRET)).toBe(isSecret);
  });

  it('are in URLs, and look like tokens', async () => {
    expect(await secretsOf(http('https://me:pass-word@x.test/mcp?token=abc&x=def'))).toEqual([
      'me',
      'pass-word',
      'abc',
      'def',
    ]);
    const token = 'ghp_0123456789abcdefghijklmn';
    expect(await secretsOf(stdio('npx', '-y', '@scope/server', token, '--port', '8080'))).toEqual([token]);
  });

  it('are not paths that exist, which requests name everywhere', async () => {
    expect(
      await secretsOf({ ...stdio(), env: { HOME_DIR: root, PATH: `${root}:${cwd}`, NO: join(root, 'gone') } }),
    ).toEqual([join(root, 'gone')]);
  });
});
