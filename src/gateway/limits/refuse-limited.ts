import { now } from '../../base/clock.js';
import type { Report } from '../facts.js';
import { RPC, refusal } from '../refusals.js';
import type { Refusal } from '../request.js';
import type { Limited } from './rate-limits.js';

interface LimitedRequest {
  id: string;
  route: string | null;
  ip: string;
  subject: string | null;
}

/** The refusal of a request above a limit, or null. */
export function refuseLimited(limited: Limited | null, request: LimitedRequest, report: Report): Refusal | null {
  if (limited === null) return null;
  const { tier, retryAfterS } = limited;
  const { id, ...rest } = request;
  report({ type: 'limited', at: now(), request: id, tier, retryAfterS, ...rest });
  return refusal(429, RPC.refused, `Too Many Requests: try again in ${retryAfterS} s`, {
    outcome: 'limited',
    headers: { 'retry-after': String(retryAfterS) },
  });
}
