import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { execa } from 'execa';

/** Where a version of the real CLI is kept once it has been fetched. */
export function claudeFolder(version: string): string {
  return resolve(process.env.CLAUDE_TRACE_TEST_CACHE ?? join('.cache', 'claude'), version);
}

/**
 * Fetches a version of the real CLI with npm, once, and returns the path of its program.
 * Kept in `$CLAUDE_TRACE_TEST_CACHE`, else `.cache/claude` under the current folder (the repository). Runs at the same
 * time are safe: each installs into a folder of its own, the first rename wins.
 */
export async function installClaude(version: string): Promise<string> {
  const home = claudeFolder(version);
  const cache = dirname(home);
  if (!existsSync(home)) {
    await mkdir(cache, { recursive: true });
    const staging = await mkdtemp(join(cache, `.${version}-`));
    try {
      await fetchInto(staging, version);
      await rename(staging, home).catch((error: unknown) => {
        if (!existsSync(home)) throw error;
      });
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  }
  return program(home);
}

async function fetchInto(folder: string, version: string): Promise<void> {
  // Without a package.json of its own npm would install into the nearest folder above that has one: the repository.
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  const args = ['install', `@anthropic-ai/claude-code@${version}`, '--no-audit', '--no-fund', '--no-update-notifier'];
  await execa('npm', args, { cwd: folder });
  program(folder);
}

/**
 * Newer versions are native: the platform's package holds the program, and `bin/claude.exe` of the main package is a
 * stub until its install script has run, which npm may not allow. So the platform's own file comes first.
 */
function program(folder: string): string {
  const scope = join(folder, 'node_modules', '@anthropic-ai');
  const platform = `claude-code-${process.platform}-${process.arch}`;
  const candidates = [
    join(scope, platform, 'claude'),
    join(scope, `${platform}-musl`, 'claude'),
    join(scope, 'claude-code', 'cli.js'),
  ];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) throw new Error(`npm installed no program of Claude Code for ${platform} into ${folder}`);
  return found;
}
