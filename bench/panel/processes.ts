import { readdirSync, readFileSync } from 'node:fs';

/**
 * Milliseconds of CPU that processes have used so far, all threads; null where no /proc tells.
 * The first number of schedstat: https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
 */
export function cpuMsOf(pids: readonly number[]): number | null {
  try {
    const threads = pids.flatMap((pid) => readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`));
    const nanoseconds = threads.map((folder) => Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]));
    return nanoseconds.reduce((total, each) => total + each, 0) / 1e6;
  } catch {
    return null;
  }
}

/** @returns tells the milliseconds of CPU that the processes have used since. */
export function cpuOf(pids: readonly number[]): () => number | null {
  const before = cpuMsOf(pids);
  return () => {
    const after = cpuMsOf(pids);
    return before === null || after === null ? null : after - before;
  };
}

/** Megabytes of memory that a process has in use; null where no /proc tells. */
export function residentMb(pid: number): number | null {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? null : Number(kilobytes) / 1000;
  } catch {
    return null;
  }
}
