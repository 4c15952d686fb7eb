import type { Evidence } from './finding.js';

interface Work {
  requests: number;
  prompts: number;
  hours: number;
}

/**
 * Less work than this does not show what is never used: the request that needs a server may just not have come up. A
 * hundred requests are enough in less time.
 */
export const ENOUGH: Readonly<Work> = { requests: 20, prompts: 5, hours: 0.5 };
export const ENOUGH_IN_ANY_TIME = 100;

/** The work that was captured, and the work that is needed. */
export interface TooShort extends Work {
  needed: Work;
  /** 0 where there is enough of it. */
  missing: Work;
}

/** Null where there is enough work. */
export function whyTooShort({ uses, activity }: Evidence): TooShort | null {
  const { requests } = uses;
  const { prompts, hours } = activity;
  const missing = {
    requests: Math.max(0, ENOUGH.requests - requests),
    prompts: Math.max(0, ENOUGH.prompts - prompts),
    hours: requests < ENOUGH_IN_ANY_TIME ? Math.max(0, ENOUGH.hours - hours) : 0,
  };
  const isEnough = missing.requests + missing.prompts + missing.hours === 0;
  return isEnough ? null : { requests, prompts, hours, needed: { ...ENOUGH }, missing };
}
