import type { RuleHit } from '../../model/rule.js';

/** What rules did, as attributes of a span; none without hits. */
export function ruleAttributes(hits: readonly RuleHit[]): Record<string, string[]> {
  const texts = (action: RuleHit['action']) => hits.flatMap((hit) => (hit.action === action ? (hit.detail ?? []) : []));
  const lists = {
    'claude_trace.rules': [...new Set(hits.map(({ rule }) => rule))],
    'claude_trace.tags': [...new Set(texts('tag'))],
    'claude_trace.alerts': texts('alert'),
  };
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}
