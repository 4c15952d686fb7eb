import { execa } from 'execa';
import type { Env } from '../../base/env.js';
import { findCommand } from '../../tui/split/child/find-command.js';

/** The Claude Code that the person has; or why it cannot play in the demo, null when there is none. */
export type InstalledClaude = { file: string } | { problem: string | null };

/** Before it, nothing is known of how it starts: 2.0.30 is the oldest that the tests drive. */
const OLDEST_MAJOR = 2;

/** A version is told in less than a second. */
const PATIENCE_MS = 10_000;

/**
 * Looks for `claude` on the PATH, and asks it for its version.
 * @param env what it gets: none of the person's own settings
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
    timeout: PATIENCE_MS,
  });
  const [version, major] = /^(\d+)\.\d+\.\d+/.exec(stdout) ?? [];
  if (failed || version === undefined) return { problem: `${found.file} does not tell its version` };
  if (Number(major) < OLDEST_MAJOR)
    return { problem: `${found.file} is version ${version}, and ${OLDEST_MAJOR}.0 is the oldest that it can play` };
  return { file: found.file };
}
