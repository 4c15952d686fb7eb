import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeOrigin, readClaudeSettings } from '../../../src/settings/claude/index.js';

let root: string;
let home: string;
let cwd: string;
let managed: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'claude-trace-settings-'));
  home = join(root, 'home');
  cwd = join(root, 'project');
  managed = join(root, 'etc');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(file: string, content: unknown): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const userFile = () => join(home, '.claude', 'settings.json');
const read = (command: readonly string[] = [], env: Record<string, string> = {}) =>
  readClaudeSettings({ env: { HOME: home, ...env }, cwd, command, managedFolders: [managed] });

describe('readClaudeSettings', () => {
  it('is empty without settings', () => {
    expect(read()).toEqual({
      env: new Map(),
      values: {},
      places: [],
      customHeaders: [],
      proxyAuthHelper: null,
      problems: [],
    });
  });

  it('takes each variable from the place that wins in Claude Code, and names the place', async () => {
    const files = [
      join(home, '.claude.json'),
      userFile(),
      join(cwd, '.claude', 'settings.json'),
      join(cwd, '.claude', 'settings.local.json'),
      join(root, 'given.json'),
      join(managed, 'managed-settings.json'),
      join(managed, 'managed-settings.d', '10-first.json'),
      join(managed, 'managed-settings.d', '20-second.json'),
    ];
    for (const file of files) {
      await write(file, { env: { SAME: file } });
      expect(read(['claude', '--settings', '../given.json']).env.get('SAME')).toMatchObject({ file, value: file });
    }
  });

  it('takes the local settings of the root of a repository last, in a folder of it and in a worktree', async () => {
    const repository = cwd;
    const local = await write(join(repository, '.claude', 'settings.local.json'), { env: { SAME: 'root' } });
    await write(join(repository, '.claude', 'settings.json'), { env: { SAME: 'project', ONLY: 'project' } });
    await write(join(repository, '.git', 'HEAD'), '');
    await write(join(root, 'tree', '.git'), `gitdir: ${repository}/.git/worktrees/tree\n`);
    for (const folder of [join(repository, 'a', 'b'), join(root, 'tree')]) {
      await write(join(folder, '.claude', 'settings.local.json'), { env: { SAME: 'own', OWN: 'own' } });
      cwd = folder;
      expect(read().values).toEqual({ SAME: 'root', OWN: 'own' });
      expect(read().env.get('SAME')).toMatchObject({ scope: 'local', file: local });
      expect(read(['claude', '--setting-sources=user']).values).toEqual({});
    }
  });

  it.each([
    [['claude', '--settings', '{"env":{"A":"given"}}']],
    [['claude', '-p', '--settings={"env":{"A":"given"}}', 'prompt']],
    [['node', 'cli.js', '--settings', '{"env":{"A":"first"}}', '--settings', ' {"env":{"A":"given"}}']],
  ])('reads JSON on the command line: %j', async (command) => {
    await write(join(cwd, '.claude', 'settings.local.json'), { env: { A: 'local' } });
    const setting = read(command).env.get('A');
    expect(setting).toEqual({ value: 'given', scope: 'command line', file: null });
    expect(setting && describeOrigin(setting)).toBe('--settings on the command line');
  });

  it('ignores options after -- and options without a value', () => {
    expect(read(['claude', '--', '--settings', '{"env":{"A":"given"}}']).values).toEqual({});
    expect(read(['claude', '--settings'])).toMatchObject({ values: {}, problems: [] });
  });

  it('reads only the sources that the command line names, and the managed ones', async () => {
    await write(userFile(), { env: { A: 'user' } });
    await write(join(cwd, '.claude', 'settings.json'), { env: { B: 'project' } });
    await write(join(managed, 'managed-settings.json'), { env: { C: 'managed' } });
    expect(read(['claude', '--setting-sources', 'project, local']).values).toEqual({ B: 'project', C: 'managed' });
    expect(read(['claude', '--setting-sources=user']).values).toEqual({ A: 'user', C: 'managed' });
    expect(read(['claude', '--setting-sources', '']).values).toEqual({ C: 'managed' });
  });

  it('finds the user’s files in CLAUDE_CONFIG_DIR', async () => {
    const elsewhere = join(root, 'elsewhere');
    await write(join(elsewhere, 'settings.json'), { env: { A: 'settings' } });
    await write(join(elsewhere, '.claude.json'), { env: { B: 'state' } });
    await write(userFile(), { env: { A: 'home', B: 'home' } });
    expect(read([], { CLAUDE_CONFIG_DIR: elsewhere }).values).toEqual({ A: 'settings', B: 'state' });
  });

  it('keeps the custom headers of all places, since each may be a secret', async () => {
    await write(userFile(), { env: { ANTHROPIC_CUSTOM_HEADERS: 'X-Pass: user' } });
    await write(join(managed, 'managed-settings.json'), { env: { ANTHROPIC_CUSTOM_HEADERS: 'X-Pass: managed' } });
    expect(read()).toMatchObject({
      values: { ANTHROPIC_CUSTOM_HEADERS: 'X-Pass: managed' },
      customHeaders: ['X-Pass: user', 'X-Pass: managed'],
    });
  });

  it('says where the helper for proxy credentials is set', async () => {
    const file = await write(join(managed, 'managed-settings.json'), { proxyAuthHelper: '/usr/bin/token' });
    expect(read().proxyAuthHelper).toEqual({ scope: 'managed', file });
  });

  it('takes values as Claude Code does: text, numbers and booleans', async () => {
    await write(userFile(), { env: { A: 'text', B: 1, C: true, D: null, E: {}, F: '' } });
    expect(read().values).toEqual({ A: 'text', B: '1', C: 'true', F: '' });
  });

  it.each([['\uFEFF{"env": {"A": "user"}}'], ['\r\n{"env":\r\n{"A": "user"}}\r\n']])('reads %j', async (content) => {
    await write(userFile(), content);
    expect(read()).toMatchObject({ values: { A: 'user' }, problems: [] });
  });

  it.each([['null'], ['{"env": null}'], ['{"env": "text"}'], ['{"env": ["A"]}'], ['{}'], ['']])(
    'finds no variable in %j, and reads the other places',
    async (content) => {
      await write(userFile(), content);
      await write(join(cwd, '.claude', 'settings.json'), { env: { A: 'project' } });
      expect(read().values).toEqual({ A: 'project' });
    },
  );

  it.each([
    ['{"env": {"SECRET": "zorblax"', 'is not valid JSON'],
    ['// comment\n{"env": {"SECRET": "zorblax"}}', 'is not valid JSON'],
    ['{"env": {"SECRET": "zorblax",}}', 'is not valid JSON'],
    ['["zorblax"]', 'is not a JSON object'],
  ])('leaves out %j as Claude Code does, names the file and quotes nothing', async (content, why) => {
    await write(userFile(), content);
    const { values, problems } = read();
    expect(values).toEqual({});
    expect(problems).toEqual([expect.stringContaining(`${userFile()} ${why}`)]);
    expect(problems.join()).not.toContain('zorblax');
  });

  it('names what is not a file or cannot be read, and does not wait for a pipe', async () => {
    await mkdir(userFile(), { recursive: true });
    await mkdir(join(cwd, '.claude'), { recursive: true });
    await execa('mkfifo', [join(cwd, '.claude', 'settings.json')]);
    expect(read().problems).toEqual([
      expect.stringContaining(`${userFile()} is not a file`),
      expect.stringContaining(`${join(cwd, '.claude', 'settings.json')} is not a file`),
    ]);
  });

  it('follows a symbolic link, and treats a broken one as a missing file', async () => {
    const target = await write(join(root, 'dotfiles', 'claude.json'), { env: { A: 'linked' } });
    await mkdir(dirname(userFile()), { recursive: true });
    await symlink(target, userFile());
    await symlink(join(root, 'nowhere'), join(home, '.claude.json'));
    expect(read()).toMatchObject({ values: { A: 'linked' }, problems: [] });
  });

  it('reads a large state file of Claude Code', async () => {
    const history = Array.from({ length: 20_000 }, (_, index) => `prompt ${index} ${'x'.repeat(100)}`);
    await write(join(home, '.claude.json'), { history, env: { A: 'state' } });
    expect(read().values).toEqual({ A: 'state' });
  });
});
