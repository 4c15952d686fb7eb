export interface StallWatch {
  /** To be called every `CHECK_MS`. */
  check(): void;
  /** From now on this long. */
  limit(ms: number): void;
}

/** How often a watch looks. */
export const CHECK_MS = 250;

/**
 * Notices that a figure, which changes as long as all is well, stays the same. Counts its own looks, not the time: a machine
 * that slept, or a process that was stopped, has not stalled.
 *
 * @param read null: nothing can be said now
 * @param onStall once
 * @param weight of a look, 0..1 (thread-clock.ts). Default: each counts in full.
 */
export function createStallWatch(
  limitMs: number,
  read: () => number | null,
  onStall: () => void,
  weight: () => number = () => 1,
): StallWatch {
  let maxLooks = limitMs / CHECK_MS;
  let last: number | null = null;
  let looks = 0;
  let stalled = false;
  return {
    check() {
      const current = read();
      const counted = weight();
      if (current === null || current !== last) looks = 0;
      else looks += counted;
      last = current;
      if (looks < maxLooks || stalled) return;
      stalled = true;
      onStall();
    },
    limit(ms) {
      maxLooks = ms / CHECK_MS;
    },
  };
}
