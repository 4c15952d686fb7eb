import { readFileSync } from 'node:fs';

/** `/proc/<pid>/task/<tid>/stat` counts in hundredths of a second, on every Linux (proc(5), USER_HZ). */
const TICK_MS = 10;

/** However busy the machine, a thread that does not come back is ended: one that waits for a turn late, one that sleeps sooner. */
const LEAST_SHARE = 0.05;
const ASLEEP_SHARE = 0.2;

/** Fields behind the name of the thread, which may hold blanks: its state first. */
const STATE = 0;
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/**
 * How much of the time since the last call counts for a thread, 0..1: one that wants to run on a busy machine and does not get
 * to is not stuck, so what it ran for counts, but at least a twentieth. All of it where the system does not tell.
 *
 * @param threadId 0 while it is not known
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
      // Asleep may also mean: until helpers of the garbage collector get their turn.
      return share > 0 || fields[STATE] === 'R' ? Math.min(1, Math.max(LEAST_SHARE, share)) : ASLEEP_SHARE;
    } catch {
      return 1;
    }
  };
}
