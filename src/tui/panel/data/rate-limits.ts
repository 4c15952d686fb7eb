import type { HeaderList } from '../../../model/exchange.js';

export interface RateLimit {
  /** `requests`, `input-tokens`, `5h`, … */
  name: string;
  /** 0..1; more where the limit is exceeded. */
  used: number;
  /** When all of it is available again; null if no header says so. */
  resetsAt: Date | null;
}

/**
 * Headers of the Messages API: `anthropic-ratelimit-<name>-limit`, `-remaining` and `-reset`
 * (https://docs.anthropic.com/en/api/rate-limits), and of subscriptions
 * `anthropic-ratelimit-unified-<window>-utilization` (0..1) and `-reset` (unix seconds), as Claude Code 2.x gets them.
 * Sorted by use, the most used first.
 */
export function rateLimits(headers: HeaderList): RateLimit[] {
  const values = new Map(headers.map(([name, value]) => [name.toLowerCase(), value]));
  const limits = [...values].flatMap(([header, value]): RateLimit[] => {
    const [, name, kind] = /^anthropic-ratelimit-(?:unified-)?(.+)-(remaining|utilization)$/.exec(header) ?? [];
    if (name === undefined) return [];
    const of = (field: string) => values.get(header.replace(/(?:remaining|utilization)$/, field));
    const used = kind === 'utilization' ? Number(value) : usedOf(value, of('limit'));
    return Number.isFinite(used) ? [{ name, used, resetsAt: timeOf(of('reset')) }] : [];
  });
  return limits.sort((a, b) => b.used - a.used);
}

function usedOf(remaining: string, limit: string | undefined): number {
  const all = Number(limit);
  return all > 0 ? 1 - Number(remaining) / all : Number.NaN;
}

/** @param reset unix seconds, or a time by RFC 3339 */
function timeOf(reset: string | undefined): Date | null {
  if (reset === undefined) return null;
  const time = new Date(/^\d+$/.test(reset) ? Number(reset) * 1_000 : reset);
  return Number.isNaN(time.getTime()) ? null : time;
}
