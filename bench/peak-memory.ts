import { readFileSync } from 'node:fs';

const LOOK_EVERY_MS = 100;

/** Follows the resident memory of a process. @returns `end` gives its peak so far, in bytes; 0 where the system does not say */
export function peakMemoryOf(pid: number): { end(): number } {
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, residentPeak(pid));
  }, LOOK_EVERY_MS);
  return {
    end() {
      clearInterval(look);
      return peak;
    },
  };
}

/** Resident memory of a process, MB; null where the system does not say. */
export function residentMegabytes(pid: number | string | undefined): number | null {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) / 1024;
  } catch {
    return null;
  }
}

function residentPeak(pid: number): number {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}
