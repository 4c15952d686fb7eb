import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

/**
 * Steps below the traffic's priority: enough to give way on a busy machine, not so much as to starve on one. At 19 a full
 * machine left it no time even to load, and rows were lost at the end of short runs.
 */
const NICENESS = 5;

/**
 * Lets the calling thread give way to the one that carries the traffic. On Linux a thread has a scheduling priority of its
 * own, set by its thread id (setpriority(2), "C library/kernel differences"); elsewhere nothing is changed.
 */
export function yieldToTraffic(): void {
  const thread = ownThreadId();
  try {
    if (thread !== null) setPriority(thread, NICENESS);
  } catch {
    // A sandbox that forbids it: the thread then keeps the common priority.
  }
}

/** Linux's id of the calling thread; null elsewhere, and where there is no /proc. */
export function ownThreadId(): number | null {
  if (process.platform !== 'linux') return null;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    return Number.isInteger(thread) ? thread : null;
  } catch {
    return null;
  }
}
