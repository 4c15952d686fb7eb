import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';

/** How long processes that have been ended may take to disappear. */
const GRACE_MS = 5_000;
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
  return async () => {
    const deadline = Date.now() + GRACE_MS;
    while (processesWith(folder).length > 0 && Date.now() < deadline) await new Promise((wake) => setTimeout(wake, 50));
    const processes = processesWith(folder);
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

interface LeftProcess {
  pid: number;
  commandLine: string;
}

/** Processes whose environment names this folder, without vitest's own; empty without /proc. */
export function processesWith(folder: string): LeftProcess[] {
  const pids = readdirIfAny('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      const [, parent] = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      if (!environment.includes(folder) || Number(parent) === process.pid) return [];
      return [{ pid: Number(pid), commandLine: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') }];
    } catch {
      // It has ended, or belongs to somebody else.
      return [];
    }
  });
}

function readdirIfAny(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
