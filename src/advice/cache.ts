import { splitSource } from '../model/source.js';
import type { CacheMissGroup } from '../store/index.js';
import { counted, type Evidence, type Finding, finding, savingOf } from './finding.js';

/** Minimum share of the cost of all requests. */
const MIN_SHARE = 0.005;

/** Causes of cache misses: requests paid again for tokens that were in the cache. */
export function findCacheBreakers({ cacheMisses, costUsd, uses }: Evidence): Finding[] {
  return cacheMisses.flatMap((group): Finding[] => {
    const advice = adviceFor(group);
    const lost = group.lostUsd;
    if (advice === null || lost === null || costUsd === null || lost <= 0) return [];
    if (lost < costUsd * MIN_SHARE) return [];
    return [
      finding({
        kind: 'cache_misses',
        sources: group.source === null ? [] : [group.source],
        advice,
        evidence:
          `${counted(group.requests, 'request')} of ${counted(group.sessions, 'session')} paid again for ` +
          `${counted(group.lostTokens, 'token')} that were in the cache.`,
        // The same tokens, but read from the cache instead of written.
        saved: savingOf([{ tokens: 0, costUsd: lost }], uses),
        certainty: group.requests >= 5 ? 'medium' : 'low',
        stops: null,
        remedy: { settings: [], untried: null },
      }),
    ];
  });
}

/** Null where the user can do nothing about it. */
function adviceFor({ cause, source, detail }: CacheMissGroup): string | null {
  if (cause === 'expired') {
    return 'Finish or /compact before a long pause: after it the whole conversation is paid again';
  }
  if (cause === 'parameters') {
    return `Choose model and thinking at the start of a session${detail ? ` (changed: ${detail})` : ''}`;
  }
  if (cause === 'unknown' || source === null) return null;
  const { type, name } = splitSource(source);
  switch (type) {
    case 'mcp':
      return `Do not change the MCP server ${name} during a session: its tools or instructions changed`;
    case 'memory':
      return `Edit ${name} between sessions, not during one`;
    case 'hook':
      return `Make hooks of ${name} print the same text each time, or nothing: no time, no changing state`;
    case 'tool':
    case 'skill':
    case 'agent':
    case 'command':
      return `Do not add, remove or change ${source} during a session`;
    default:
      return null;
  }
}
