import { fromBench } from '../../child-process.js';

/** A clock that runs fast between two moments (clock.mjs). Times are unix ms. */
export interface DayClock {
  /** When it begins to run fast, by the real clock. */
  from: number;
  /** What it shows then. */
  start: number;
  /** What it shows when it stops running fast. */
  to: number;
  /** Simulated ms of a real one. */
  speed: number;
}

/** Words for Node that put a program under the clock of its environment. */
export const UNDER_CLOCK = ['--import', fromBench('soak/day/clock.mjs')];

/** What the environment of a program under the clock must have. */
export function clockEnv(clock: DayClock): Record<string, string> {
  return { DAY_CLOCK: JSON.stringify(clock) };
}

/** What the clock shows now, to a program that is not under it. */
export function simulatedNow({ from, start, to, speed }: DayClock): number {
  return Math.min(to, start + Math.max(0, Date.now() - from) * speed);
}
