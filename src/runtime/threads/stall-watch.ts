export interface StallWatch {
  /** Must be called every `CHECK_MS`. */
  check(): void;
  /** Sets a new limit. */
  limit(ms: number): void;
}

/** How often a watch checks. */
export const CHECK_MS = 250;

/**
 * Notices that a figure no longer changes. Counts its own checks, not the time: a machine that slept, or a process that was
 * stopped, has not stalled.
 *
 * @param read the figure; null: a stall cannot be judged now
 * @param onStall called once
 * @param weight of a check, 0..1 (see createThreadClock). Default: 1
 */
export function createStallWatch(
  limitMs: number,
  read: () => number | null,
  onStall: () => void,
  weight: () => number = () => 1,
): StallWatch {
  let maxChecks = limitMs / CHECK_MS;
  let last: number | null = null;
  let checks = 0;
  let stalled = false;
  return {
    check() {
      const current = read();
      const weighed = weight();
      if (current === null || current !== last) checks = 0;
      else checks += weighed;
      last = current;
      if (checks < maxChecks || stalled) return;
      stalled = true;
      onStall();
    },
    limit(ms) {
      maxChecks = ms / CHECK_MS;
    },
  };
}
