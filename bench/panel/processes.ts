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

export interface ProcessFigures {
  residentMb: number;
  /** A page that several processes share counts as a fraction. */
  proportionalMb: number;
  openFiles: number;
  threads: number;
}

/** @returns null if /proc has no figures */
export function processFigures(pid: number): ProcessFigures | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    const number = (text: string, key: string) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1]);
    return {
      residentMb: number(status, 'VmRSS') / 1_000,
      proportionalMb: number(rollup, 'Pss') / 1_000,
      openFiles: readdirSync(`/proc/${pid}/fd`).length,
      threads: number(status, 'Threads'),
    };
  } catch {
    return null;
  }
}
