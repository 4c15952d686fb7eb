import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bypassingSettings, readClaudeSettingsEnv } from '../../src/cli/claude-settings.js';

let root: string;
let home: string;
let cwd: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'claude-trace-settings-'));
  home = join(root, 'home');
  cwd = join(root, 'project');
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function settings(file: string, content: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
}

describe('readClaudeSettingsEnv', () => {
  it('is empty without settings', () => {
    expect(readClaudeSettingsEnv({ HOME: home }, cwd)).toEqual({});
  });

  it('lays local settings over those of the project, and these over the user’s', async () => {
    await settings(join(home, '.claude', 'settings.json'), { env: { A: 'user', B: 'user', C: 'user' } });
    await settings(join(cwd, '.claude', 'settings.json'), { env: { B: 'project', C: 'project' } });
    await settings(join(cwd, '.claude', 'settings.local.json'), { env: { C: 'local' } });
    expect(readClaudeSettingsEnv({ HOME: home }, cwd)).toEqual({ A: 'user', B: 'project', C: 'local' });
  });

  it('finds the user’s settings where CLAUDE_CONFIG_DIR says', async () => {
    await settings(join(root, 'elsewhere', 'settings.json'), { env: { A: 'elsewhere' } });
    const env = { HOME: home, CLAUDE_CONFIG_DIR: join(root, 'elsewhere') };
    expect(readClaudeSettingsEnv(env, cwd)).toEqual({ A: 'elsewhere' });
  });

  it.each([['no json {'], ['null'], ['[]'], ['{"env": null}'], ['{"env": "text"}'], ['{"permissions": {}}']])(
    'passes over %j',
    async (content) => {
      await settings(join(home, '.claude', 'settings.json'), content);
      await settings(join(cwd, '.claude', 'settings.json'), { env: { A: 1 } });
      expect(readClaudeSettingsEnv({ HOME: home }, cwd)).toEqual({ A: '1' });
    },
  );
});

it('bypassingSettings names what takes Claude Code past the proxy or its certificate', () => {
  expect(bypassingSettings({ HTTPS_PROXY: 'x', ANTHROPIC_BASE_URL: 'x', no_proxy: '*' })).toEqual([
    'HTTPS_PROXY',
    'no_proxy',
  ]);
  expect(bypassingSettings({ ANTHROPIC_MODEL: 'x' })).toEqual([]);
});
