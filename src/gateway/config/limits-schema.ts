import * as z from 'zod';
import { checked, object } from '../../rules/file/schema-parts.js';
import { duration, text, whole } from './fields.js';

const rate = object({
  requests: whole(1, 1_000_000_000),
  per: checked(duration('1s', '7d'), (ms) => {
    if (ms % 1_000 !== 0) throw new Error('expected whole seconds');
  }).default(60_000),
});
export type Rate = z.output<typeof rate>;

/** One bucket for everything (`global`), one for each route, or one for each address, subject, session or tool. */
export const RATE_TIERS = ['global', 'ip', 'subject', 'session', 'route', 'tool'] as const;
export type RateTier = (typeof RATE_TIERS)[number];

/** Maximum rates. A request above one of them is refused with 429 and Retry-After. */
export const rateLimits = object({
  global: rate.optional(),
  ip: rate.optional().describe('of each client address; counts before a token is looked at'),
  subject: rate.optional(),
  session: rate.optional(),
  route: rate.optional(),
  tool: z.record(text, rate).optional().describe('of each subject, by name of the tool; * matches any text'),
});
export type RateLimits = z.output<typeof rateLimits>;
