import { readFileSync } from 'node:fs';

/** `/proc/<pid>/task/<tid>/stat` counts in hundredths of a second, on every Linux (proc(5), USER_HZ). */
const TICK_MS = 10;

/** The minimum share, so that a stuck thread is ended even on a busy machine: one that sleeps sooner than one that waits for a CPU. */
const MIN_SHARE = 0.05;
const ASLEEP_SHARE = 0.2;

/** Positions of fields after the name of the thread, which may contain blanks. */
const STATE = 0;
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/**
 * The share of the time since the last call that counts for a thread, 0..1. A thread that waits for a CPU on a busy machine is
 * not stuck, so only the time that it ran counts, but at least a twentieth. All of the time counts where it cannot be measured.
 *
 * @param threadId 0 while it is unknown
 */
export function createThreadClock(threadId: () => number, intervalMs: number): () => number {
  let last = 0;
  return () => {
    const thread = threadId();
    if (thread === 0) return 1;
    try {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ticks = Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
      const share = ((ticks - last) * TICK_MS) / intervalMs;
      last = ticks;
      // A sleeping thread may be waiting for helpers of the garbage collector.
      return share > 0 || fields[STATE] === 'R' ? Math.min(1, Math.max(MIN_SHARE, share)) : ASLEEP_SHARE;
    } catch {
      return 1;
    }
  };
}
