import { fromBench } from '../../child-process.js';

/** A clock that runs fast between two moments (clock.mjs). Times are unix ms. */
export interface DayClock {
  /** The real time at which it begins to run fast. */
  from: number;
  /** The simulated time at that moment. */
  start: number;
  /** The simulated time at which it stops running fast. */
  to: number;
  /** Simulated ms of a real one. */
  speed: number;
}

/** Words for Node that put a program under the clock of its environment. */
export const UNDER_CLOCK = ['--import', fromBench('soak/day/clock.mjs')];

/** Variables for the environment of a program under the clock. */
export function clockEnv(clock: DayClock): Record<string, string> {
  return { DAY_CLOCK: JSON.stringify(clock) };
}

/** The simulated time now, for a program that is not under the clock. */
export function simulatedNow({ from, start, to, speed }: DayClock): number {
  return Math.min(to, start + Math.max(0, Date.now() - from) * speed);
}
