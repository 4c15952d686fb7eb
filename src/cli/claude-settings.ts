import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Env } from './launch-plan.js';

/**
 * The `env` blocks of Claude Code's settings files, read and never written, later files over earlier ones. Claude Code lays
 * them over its environment, so a proxy or base URL set there wins over what we give it (seen in 2.1.329).
 * Files that are missing or no JSON are passed over: Claude Code itself reports those.
 */
export function readClaudeSettingsEnv(env: Env, cwd: string): Record<string, string> {
  const home = env.CLAUDE_CONFIG_DIR || join(env.HOME || homedir(), '.claude');
  const files = [
    join(home, 'settings.json'),
    join(cwd, '.claude', 'settings.json'),
    join(cwd, '.claude', 'settings.local.json'),
  ];
  return Object.assign({}, ...files.map(readEnvBlock));
}

function readEnvBlock(file: string): Record<string, string> {
  try {
    const settings: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const env = isObject(settings) && isObject(settings.env) ? settings.env : {};
    return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Variables that, set in a settings file, take Claude Code past our proxy or its certificate. */
const BYPASSING = ['HTTPS_PROXY', 'https_proxy', 'NODE_EXTRA_CA_CERTS', 'NO_PROXY', 'no_proxy'];

export function bypassingSettings(settingsEnv: Record<string, string>): string[] {
  return BYPASSING.filter((name) => name in settingsEnv);
}
