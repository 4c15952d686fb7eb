import { splitSource } from '../model/source.js';
import type { CacheMissGroup } from '../store/index.js';
import { type Evidence, type Finding, finding, savingOf } from './finding.js';

/** Minimum share of the cost of all requests. */
const MIN_SHARE = 0.005;

/** Causes of cache misses: requests paid again for tokens that were in the cache. */
export function findCacheBreakers({ cacheMisses, costUsd, uses }: Evidence): Finding[] {
  return cacheMisses.flatMap((group): Finding[] => {
    const lost = group.lostUsd;
    if (!isAvoidable(group) || lost === null || costUsd === null || lost <= 0) return [];
    if (lost < costUsd * MIN_SHARE) return [];
    const { cause, source, detail, requests, sessions, lostTokens } = group;
    return [
      finding({
        kind: 'cache_misses',
        cause,
        detail,
        requests,
        sessions,
        lostTokens,
        sources: source === null ? [] : [source],
        // The same tokens, but read from the cache instead of written.
        saved: savingOf([{ tokens: 0, costUsd: lost }], uses),
        certainty: requests >= 5 ? 'medium' : 'low',
        remedy: { settings: [], untried: null },
      }),
    ];
  });
}

const CHANGEABLE = new Set(['mcp', 'memory', 'hook', 'tool', 'skill', 'agent', 'command']);

/** Whether the user can do something about it. */
function isAvoidable({ cause, source }: CacheMissGroup): boolean {
  if (cause === 'expired' || cause === 'parameters') return true;
  return cause !== 'unknown' && source !== null && CHANGEABLE.has(splitSource(source).type);
}
