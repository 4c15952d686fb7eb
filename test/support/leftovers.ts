import { chmodSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { processesWith, untilEnded } from './processes.js';

/** tsx, and npm on Node 22 and newer, keep compiled files in the temporary folder. */
const CACHE = /^(tsx-\d+|node-compile-cache)$/;

/**
 * vitest's `globalSetup`: the run gets a temporary folder of its own, and fails when the tests leave a file in it or a process that
 * was started with it in its environment.
 */
export default function useOwnTemporaryFolder(): () => Promise<void> {
  // A short name: paths of sockets may have 107 bytes.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tests-')));
  // Some tests run programs as another user.
  chmodSync(folder, 0o1777);
  process.env.TMPDIR = folder;
  const theirs = () => processesWith(folder).filter(({ parent }) => parent !== process.pid);
  return async () => {
    await untilEnded(theirs);
    const processes = theirs();
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => !CACHE.test(top(name)));
    for (const { pid } of processes) process.kill(pid, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    if (processes.length + files.length === 0) return;
    // vitest prints an error that a teardown throws, and ends with 0.
    process.exitCode = 1;
    console.error('\nThe tests left behind:');
    for (const { pid, commandLine } of processes) console.error(`  process ${pid}: ${commandLine}`);
    for (const file of files.slice(0, 20)) console.error(`  ${join(folder, file)}`);
  };
}

/** Of a path, the name in the folder. */
function top(path: string): string {
  return path.split(sep, 1)[0] ?? path;
}
