import type { HeaderList } from '../../../model/exchange.js';

export interface RateLimit {
  /** `requests`, `input-tokens`, `5h`, … */
  name: string;
  /** 0..1; more where the limit is exceeded. */
  used: number;
}

/**
 * Headers of the Messages API: `anthropic-ratelimit-<name>-limit` and `-remaining`
 * (https://docs.anthropic.com/en/api/rate-limits), and of subscriptions
 * `anthropic-ratelimit-unified-<window>-utilization` (0..1), as Claude Code 2.x gets them. Sorted by use, the most used
 * first.
 */
export function rateLimits(headers: HeaderList): RateLimit[] {
  const values = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
  const limits = [...values].flatMap(([header, value]): RateLimit[] => {
    const [, name, kind] = /^anthropic-ratelimit-(?:unified-)?(.+)-(remaining|utilization)$/.exec(header) ?? [];
    if (name === undefined) return [];
    const used =
      kind === 'utilization' ? Number(value) : usedOf(value, values.get(header.replace(/remaining$/, 'limit')));
    return Number.isFinite(used) ? [{ name, used }] : [];
  });
  return limits.sort((a, b) => b.used - a.used);
}

function usedOf(remaining: string, limit: string | undefined): number {
  const all = Number(limit);
  return all > 0 ? 1 - Number(remaining) / all : Number.NaN;
}
