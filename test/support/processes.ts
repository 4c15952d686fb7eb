import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

interface RunningProcess {
  pid: number;
  parent: number;
  commandLine: string;
}

/** How long processes that have been told to end may take. */
const GRACE_MS = 5_000;

/** Processes whose environment names this folder; empty without /proc. */
export function processesWith(folder: string): RunningProcess[] {
  const pids = namesIn('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder)) return [];
      const [, parent] = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(pid), parent: Number(parent), commandLine }];
    } catch {
      // It has ended, or belongs to somebody else.
      return [];
    }
  });
}

/** Waits until there are none, but not for long: some may never end. */
export async function untilEnded(processes: () => readonly RunningProcess[]): Promise<void> {
  const deadline = Date.now() + GRACE_MS;
  while (processes().length > 0 && Date.now() < deadline) await sleep(20);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
