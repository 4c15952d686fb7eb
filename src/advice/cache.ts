import { splitSource } from '../model/source.js';
import type { CacheMissGroup } from '../store/index.js';
import { counted, type Evidence, type Finding, savingOf } from './finding.js';

/** Of the cost of all requests: what costs less is not worth a thought. */
const WORTH_A_THOUGHT = 0.005;

/** What made requests pay anew for what lay in the cache. */
export function findCacheBreakers({ cacheMisses, cost_usd, uses }: Evidence): Finding[] {
  return cacheMisses.flatMap((group): Finding[] => {
    const advice = adviceFor(group);
    const lost = group.lost_usd;
    if (advice === null || lost === null || cost_usd === null || lost < cost_usd * WORTH_A_THOUGHT || lost <= 0)
      return [];
    return [
      {
        kind: 'cache_misses',
        sources: group.source === null ? [] : [group.source],
        tools: [],
        advice,
        evidence:
          `${counted(group.requests, 'request')} of ${counted(group.sessions, 'session')} paid again for ` +
          `${counted(group.lost_tokens, 'token')} that were in the cache.`,
        // As many tokens as before, but read instead of written.
        saved: savingOf([{ tokens: 0, cost_usd: lost }], uses),
        saving: 'at_most',
        certainty: group.requests >= 5 ? 'medium' : 'low',
        stops: null,
        settings: [],
        untried: null,
      },
    ];
  });
}

/** Null where a person can do nothing about it. */
function adviceFor({ cause, source, detail }: CacheMissGroup): string | null {
  if (cause === 'expired')
    return 'Before a long pause, finish or /compact: after it the whole conversation is paid again';
  if (cause === 'parameters')
    return `Choose model and thinking at the start of a session${detail ? ` (changed: ${detail})` : ''}`;
  if (cause === 'unknown' || source === null) return null;
  const { type, name } = splitSource(source);
  switch (type) {
    case 'mcp':
      return `Keep the MCP server ${name} as it is during a session: its tools or instructions changed in between`;
    case 'memory':
      return `Edit ${name} between sessions, not during one`;
    case 'hook':
      return `Let hooks of ${name} print the same each time, or nothing: no clock, no changing state`;
    case 'tool':
    case 'skill':
    case 'agent':
    case 'command':
      return `Do not add, remove or change ${source} during a session`;
    default:
      return null;
  }
}
