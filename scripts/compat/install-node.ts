import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execa } from 'execa';

/** Fetches a version of Node with npm, once. @returns the path of its program */
export async function installNode(major: number): Promise<string> {
  const home = resolve(process.env.CLAUDE_TRACE_TEST_CACHE ?? '.cache', `node-${major}`);
  const program = join(home, 'node_modules', '.bin', 'node');
  if (existsSync(program)) return program;
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'package.json'), '{"private":true}');
  await execa('npm', ['install', `node@${major}`, '--no-audit', '--no-fund', '--no-update-notifier'], { cwd: home });
  return program;
}
