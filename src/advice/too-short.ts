import { counted, type Evidence } from './finding.js';

/**
 * Less work than this does not show what is never used: the request that needs a server may just not have come up. A
 * hundred requests are enough in less time.
 */
export const ENOUGH = { requests: 20, prompts: 5, hours: 0.5 } as const;
const ENOUGH_IN_ANY_TIME = 100;

/** The work that was captured, and the work that is needed. */
export interface TooShort {
  requests: number;
  prompts: number;
  hours: number;
  needed: { requests: number; prompts: number; hours: number };
  /** The missing work, in a sentence. */
  missing: string;
}

/** Null where there is enough work. */
export function whyTooShort({ uses, activity }: Evidence): TooShort | null {
  const { requests } = uses;
  const { prompts, hours } = activity;
  const missing = [
    ...(requests < ENOUGH.requests ? [counted(ENOUGH.requests - requests, 'request')] : []),
    ...(prompts < ENOUGH.prompts ? [counted(ENOUGH.prompts - prompts, 'prompt')] : []),
    ...(hours < ENOUGH.hours && requests < ENOUGH_IN_ANY_TIME
      ? [counted(Math.ceil((ENOUGH.hours - hours) * 60), 'minute')]
      : []),
  ];
  if (missing.length === 0) return null;
  const sentence =
    `Too short to tell what is not used: ${counted(requests, 'request')} in ${counted(Math.round(hours * 60), 'minute')}. ` +
    `${joined(missing)} more of work ${missing.length === 1 && /^1 /.test(missing[0] ?? '') ? 'is' : 'are'} needed.`;
  return { requests, prompts, hours, needed: { ...ENOUGH }, missing: sentence };
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}
