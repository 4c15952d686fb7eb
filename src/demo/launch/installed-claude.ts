import { execa } from 'execa';
import type { Env } from '../../base/env.js';
import { findCommand } from '../../tui/split/child/find-command.js';

/** The user's Claude Code, or why it cannot be used in the demo; null if it is not installed. */
export type InstalledClaude = { file: string } | { problem: string | null };

/** 2.0.30 is the oldest version that the tests drive. */
const OLDEST_MAJOR = 2;

/** `claude --version` takes less than a second. */
const TIMEOUT_MS = 10_000;

/**
 * Looks for `claude` on the PATH, and asks it for its version.
 * @param env its environment, without the user's own settings
 */
export async function findInstalledClaude(env: Env, cwd: string): Promise<InstalledClaude> {
  const found = findCommand('claude', env, cwd);
  if (!('file' in found)) return { problem: null };
  const { stdout, failed } = await execa(found.file, ['--version'], {
    env,
    cwd,
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: TIMEOUT_MS,
  });
  const [version, major] = /^(\d+)\.\d+\.\d+/.exec(stdout) ?? [];
  if (failed || version === undefined) return { problem: `${found.file} does not print its version` };
  if (Number(major) < OLDEST_MAJOR)
    return { problem: `${found.file} is version ${version}, and the demo needs ${OLDEST_MAJOR}.0 or later` };
  return { file: found.file };
}
