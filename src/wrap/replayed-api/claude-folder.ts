import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../../base/env.js';
import { claudeFolder, readSettingsFile, userPlaces } from '../../settings/claude/index.js';

/** Claude Code's login, and its state, which names the account and may hold a key (2.0.30 to 2.1.332). */
const CREDENTIALS = '.credentials.json';
const STATE = '.claude.json';

/** Tokens for MCP servers; the other field is the login. */
const KEPT_CREDENTIALS = ['mcpOAuth'];
const REMOVED_STATE = ['oauthAccount', 'primaryApiKey'];

/**
 * Makes a folder like Claude Code's own, for CLAUDE_CONFIG_DIR, without the user's login: with it, Claude Code would renew its
 * token at the API, whatever key the environment has, and a failure could cost the login. Everything else is linked, the state
 * is copied.
 * @param env of Claude Code @returns the folder that is replaced
 */
export function writeClaudeFolder(folder: string, env: Env): string {
  const original = claudeFolder(env);
  mkdirSync(folder, { mode: 0o700 });
  for (const name of existsSync(original) ? readdirSync(original) : []) {
    if (name !== CREDENTIALS && name !== STATE) symlinkSync(join(original, name), join(folder, name));
  }
  const { global } = userPlaces(env, '/');
  write(
    join(folder, STATE),
    fieldsOf(global, (name) => !REMOVED_STATE.includes(name)),
  );
  const credentials = fieldsOf(join(original, CREDENTIALS), (name) => KEPT_CREDENTIALS.includes(name));
  if (Object.keys(credentials).length > 0) write(join(folder, CREDENTIALS), credentials);
  return original;
}

/** Fields of a JSON file; none where it cannot be read, as for Claude Code. */
function fieldsOf(file: string, isKept: (name: string) => boolean): Record<string, unknown> {
  const read = readSettingsFile(file);
  if (read === 'missing' || 'problem' in read) return {};
  return Object.fromEntries(Object.entries(read.settings).filter(([name]) => isKept(name)));
}

function write(file: string, content: object): void {
  writeFileSync(file, JSON.stringify(content), { mode: 0o600 });
}
