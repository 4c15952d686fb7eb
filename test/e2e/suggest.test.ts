import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { defined, listed, type StoredSession, storedHistory } from '../advice/stored-history.js';
import { aShare } from '../store/support/records.js';
import { MAIN, newSandbox } from '../support/product.js';
import { removeFolder } from '../support/remove-folder.js';
import { TestTerminal } from '../tui/split/support/terminal.js';

const DAY = 86_400_000;
const WORK: StoredSession = {
  id: 'f0b1c2d3-0000-4000-8000-000000000001',
  at: Date.now() - 2 * DAY,
  requests: 120,
  shares: [
    aShare('framework:system', 3_000, { part: 'prompt' }),
    defined('mcp:tickets', 2_000),
    defined('tool:ExitPlanMode', 500),
    listed('skill:tidy', 60),
    aShare('user', 20),
  ],
};

/** The product, with a history of these sessions. */
async function withHistory(...sessions: StoredSession[]) {
  const sandbox = await newSandbox();
  const reader = storedHistory(sessions);
  reader.close();
  await mkdir(dirname(sandbox.database), { recursive: true });
  await copyFile(reader.file, sandbox.database);
  const home = sandbox.env.HOME ?? '';
  const run = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await sandbox.run(['suggest', ...args]);
    return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
  };
  return {
    run,
    home,
    env: sandbox.env,
    cwd: sandbox.cwd,
    dataDir: sandbox.dataDir,
    json: async (...args: string[]) => JSON.parse((await run('--json', ...args)).stdout),
  };
}

it('names what was never used, what that would have saved, what stops working, and settings that were tried', async () => {
  const { run, json } = await withHistory(WORK);
  const { findings, saved, too_short, held_back } = await json();
  expect([too_short, held_back]).toEqual([null, []]);
  expect(findings.map(({ kind, sources }: { kind: string; sources: string[] }) => [kind, ...sources])).toEqual([
    ['unused_server', 'mcp:tickets'],
    ['unused_skills', 'skill:tidy'],
  ]);
  expect(saved).toMatchObject({ tokens: 120 * 2_060, tokens_per_request: 2_060, known: 'estimated' });
  const { stdout } = await run();
  expect(stdout).toContain('Disable the MCP server tickets\n');
  expect(stdout).toContain('→ "disabledMcpjsonServers": ["tickets"]\n');
  expect(stdout).toMatch(/^Leaving out what was never used would have saved about 247.2k tokens/m);
});

it('compares the next session with the one before after a setting was changed by hand', async () => {
  const shares = WORK.shares.filter(({ source }) => source !== 'mcp:tickets');
  const next = { ...WORK, id: 'a1b1c2d3-0000-4000-8000-000000000002', at: WORK.at + DAY, requests: 2, shares };
  const { run, json } = await withHistory(WORK, next);
  const check = await json('--check');
  expect(check).toMatchObject({ verdict: 'saved', saved: { tokens_per_request: 2_000 } });
  expect(check.things[0]).toMatchObject({ source: 'mcp:tickets', state: 'gone' });
  const { stdout, exitCode } = await run('--check', '--session', 'a1b1');
  expect([exitCode, stdout.trimEnd().split('\n').at(-1)]).toEqual([
    0,
    'Saved: about 2.0k tokens in each request, estimated.',
  ]);
  expect((await run('--check', '--session', 'f0b1')).stdout).toContain('No session before f0b1c2d3-');
});

it('refuses a time for --check, as it compares sessions', async () => {
  const { run } = await withHistory(WORK);
  const { exitCode, stderr } = await run('--check', '--since', 'today');
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--check compares two sessions')]);
});

describe('suggest --apply', () => {
  const SETTINGS = '{\n  "env": { "TOKEN": "zorblax" },\n  "permissions": { "deny": ["Read(.env)"] }\n}\n';
  const APPLIED =
    '  "deniedMcpServers": [\n    {\n      "serverName": "tickets"\n    }\n  ],\n' +
    '  "skillOverrides": {\n    "tidy": "user-invocable-only"\n  }\n}\n';

  /** A home with settings and the server of the history. */
  async function withSettings() {
    const history = await withHistory({ ...WORK, cwd: '/project' });
    const user = join(history.home, '.claude', 'settings.json');
    await mkdir(dirname(user), { recursive: true });
    await writeFile(user, SETTINGS);
    await writeFile(join(history.home, '.claude.json'), JSON.stringify({ mcpServers: { tickets: {} } }));
    return { ...history, user, settings: () => readFile(user, 'utf8') };
  }

  it('shows the difference without secrets and refuses without a terminal; --yes writes, --undo restores', async () => {
    const { run, json, settings } = await withSettings();
    const { changes } = await json();
    expect(changes).toMatchObject([
      { project: null, settings: { deniedMcpServers: [{ serverName: 'tickets' }] }, findings: [0, 1] },
    ]);
    const refused = await run('--apply');
    expect([refused.exitCode, await settings()]).toEqual([2, SETTINGS]);
    expect(refused.stdout).toContain('~/.claude/settings.json\n');
    expect(refused.stdout).toContain('+     "tidy": "user-invocable-only"\n');
    expect(refused.stdout).not.toContain('zorblax');
    expect(refused.stderr).toContain('no terminal');
    const applied = await run('--apply', '--yes');
    expect([applied.exitCode, applied.stderr]).toEqual([0, '']);
    expect(applied.stdout).toContain('~/.claude/settings.json: written, for the next session of Claude Code.');
    expect(await settings()).toBe(SETTINGS.replace('] }\n}\n', `] },\n${APPLIED}`));
    expect((await run('--apply', '--yes')).stdout).toContain('Nothing to write');
    expect(await run('--undo')).toEqual({ exitCode: 0, stdout: 'Restored ~/.claude/settings.json.\n', stderr: '' });
    expect(await settings()).toBe(SETTINGS);
    expect(await run('--undo')).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('nothing to undo') });
  });

  it('does not undo over a change that came since, and says where the copy is', async () => {
    const { run, user, settings } = await withSettings();
    await run('--apply', '--yes');
    await writeFile(user, '{}');
    const { exitCode, stderr } = await run('--undo');
    expect([exitCode, await settings()]).toEqual([1, '{}']);
    const copy = /now in (\S+)\)/.exec(stderr)?.[1] ?? '';
    expect(await readFile(copy, 'utf8')).toBe(SETTINGS);
  });

  it('writes nothing after Ctrl-C at the last question, whatever was answered before', async () => {
    const project = await mkdtemp(join(tmpdir(), 'claude-trace-project-'));
    onTestFinished(() => removeFolder(project));
    await writeFile(join(project, '.mcp.json'), JSON.stringify({ mcpServers: { tickets: {} } }));
    const { env, home, cwd } = await withHistory({ ...WORK, cwd: project });
    const terminal = new TestTerminal(process.execPath, [MAIN, 'suggest', '--apply'], {
      width: 110,
      height: 32,
      env: { ...env, PWD: cwd },
    });
    await terminal.sees('Write ~/.claude/settings.json? [y/N]');
    terminal.type('y\r');
    await terminal.sees('settings.local.json? [y/N]');
    terminal.type('\x03');
    await terminal.sees('Nothing was written.');
    expect(await terminal.ended).toMatchObject({ exitCode: 0 });
    expect(
      [join(home, '.claude', 'settings.json'), join(project, '.claude')].filter((file) => existsSync(file)),
    ).toEqual([]);
  });

  it('leaves a file that is not JSON alone, and says so', async () => {
    const { run, user, settings } = await withSettings();
    await writeFile(user, '{ "permissions": ');
    const { exitCode, stdout, stderr } = await run('--apply', '--yes');
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain('~/.claude/settings.json was not changed: it is not valid JSON');
    expect(await settings()).toBe('{ "permissions": ');
  });

  it('refuses options that exclude each other', async () => {
    const { run } = await withHistory(WORK);
    for (const args of [['--apply', '--undo'], ['--yes'], ['--apply', '--json'], ['--check', '--apply']]) {
      expect(await run(...args)).toMatchObject({ exitCode: 2, stdout: '' });
    }
  });
});
