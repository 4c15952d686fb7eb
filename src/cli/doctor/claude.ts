import { execa } from 'execa';
import type { Finding } from './finding.js';

/** Claude Code itself. */
export async function checkClaude(): Promise<Finding[]> {
  const what = 'claude';
  const version = await execa('claude', ['--version'], { reject: false, stdin: 'ignore', timeout: 10_000 });
  if (version.exitCode === 0) return [{ level: 'ok', what, message: version.stdout.trim() }];
  return [{ level: 'note', what, message: 'not found on PATH, or it does not start; wrap takes any command' }];
}
