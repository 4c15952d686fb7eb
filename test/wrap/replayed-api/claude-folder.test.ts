import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeClaudeFolder } from '../../../src/wrap/replayed-api/claude-folder.js';
import { removeFolder } from '../../support/remove-folder.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'claude-trace-folder-'));
});
afterEach(() => removeFolder(root));

const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));

describe('the folder of Claude Code in a replay', () => {
  const STATE = { oauthAccount: { emailAddress: 'a@b.c' }, primaryApiKey: 'sk-secret', theme: 'dark', projects: {} };

  it.each([
    ['in the home', (home: string) => ({ env: { HOME: home }, folder: join(home, '.claude'), state: home })],
    [
      'elsewhere',
      (home: string) => ({ env: { HOME: '/nowhere', CLAUDE_CONFIG_DIR: home }, folder: home, state: home }),
    ],
  ])('has everything of the one %s but the login', (_where, places) => {
    const { env, folder, state } = places(root);
    mkdirSync(join(folder, 'skills', 'tidy'), { recursive: true });
    writeFileSync(join(folder, 'CLAUDE.md'), 'Be brief.');
    writeFileSync(join(folder, 'skills', 'tidy', 'SKILL.md'), 'Tidy up.');
    const credentials = {
      claudeAiOauth: { accessToken: 'secret' },
      mcpOAuth: { wiki: { accessToken: 'of the wiki' } },
    };
    writeFileSync(join(folder, '.credentials.json'), JSON.stringify(credentials));
    writeFileSync(join(state, '.claude.json'), JSON.stringify(STATE));
    const made = join(mkdtempSync(join(root, 'run-')), 'claude');

    expect(writeClaudeFolder(made, env)).toBe(folder);
    expect(readFileSync(join(made, 'CLAUDE.md'), 'utf8')).toBe('Be brief.');
    expect(readFileSync(join(made, 'skills', 'tidy', 'SKILL.md'), 'utf8')).toBe('Tidy up.');
    expect(json(join(made, '.claude.json'))).toEqual({ theme: 'dark', projects: {} });
    expect(json(join(made, '.credentials.json'))).toEqual({ mcpOAuth: credentials.mcpOAuth });
    expect([statSync(made).mode & 0o777, statSync(join(made, '.claude.json')).mode & 0o777]).toEqual([0o700, 0o600]);
    // The user's own stay.
    expect(json(join(folder, '.credentials.json'))).toEqual(credentials);
    expect(json(join(state, '.claude.json'))).toEqual(STATE);
  });

  it('is nearly empty where Claude Code was not used before', () => {
    const made = join(root, 'claude');
    writeClaudeFolder(made, { HOME: join(root, 'nobody') });

    expect(readdirSync(made)).toEqual(['.claude.json']);
  });
});
