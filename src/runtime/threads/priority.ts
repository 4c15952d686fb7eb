import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/**
 * Steps below the priority of the traffic thread: enough to give way on a busy machine without starving there. At 19 a thread
 * did not even load on a fully loaded machine, and rows were lost at the end of short runs.
 */
const NICENESS = 5;

/**
 * Lowers the priority of the calling thread, so that it gives way to the traffic thread. On Linux each thread has a scheduling
 * priority of its own, set by its thread id (setpriority(2), "C library/kernel differences"); elsewhere nothing changes.
 */
export function yieldToTraffic(): void {
  const thread = ownThreadId();
  if (thread !== null) lower(thread);
}

/**
 * The same for the threads of V8, which collect garbage and compile for every thread, mostly for the recorder. To be called on the main
 * thread before it starts another one. On Node 20, where no thread has a name, those of libuv that are there already give way, too.
 */
export function makeHelpersYield(): void {
  if (process.platform !== 'linux') return;
  for (const thread of threadIds()) if (thread !== process.pid && !isOfLibuv(thread)) lower(thread);
}

/** Linux's id of the calling thread; null on other systems, and without /proc. */
export function ownThreadId(): number | null {
  if (process.platform !== 'linux') return null;
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    return Number.isInteger(thread) ? thread : null;
  } catch {
    return null;
  }
}

/** Empty without /proc. */
function threadIds(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number);
  } catch {
    return [];
  }
}

function isOfLibuv(thread: number): boolean {
  try {
    return readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').startsWith('libuv');
  } catch {
    return false;
  }
}

/** Below the priority of the calling thread. */
function lower(thread: number): void {
  try {
    setPriority(thread, Math.min(constants.priority.PRIORITY_LOW, getPriority() + NICENESS));
  } catch {
    // A sandbox may forbid it, or the thread has ended: the others still give way.
  }
}
