import { knownSum } from '../base/known-sum.js';
import { roundDollars } from './dollars.js';
import { type Source, type SourceType, splitSource } from './source.js';

/**
 * What a person can act on together. `unknown` holds text that no rule knows; it is a group of its own, so that no other
 * group's figure contains a guess.
 */
export const SOURCE_GROUPS = [
  'mcp',
  'skills',
  'memory',
  'hooks',
  'agents',
  'tools',
  'framework',
  'conversation',
  'unknown',
] as const;
export type SourceGroup = (typeof SOURCE_GROUPS)[number];

const GROUP_OF: Record<SourceType, SourceGroup> = {
  mcp: 'mcp',
  skill: 'skills',
  // Claude Code lists typed commands among the skills (seen in 2.1.197 and later).
  command: 'skills',
  memory: 'memory',
  hook: 'hooks',
  agent: 'agents',
  tool: 'tools',
  framework: 'framework',
  user: 'conversation',
  assistant: 'conversation',
  unknown: 'unknown',
};

export function groupOf(source: Source): SourceGroup {
  return GROUP_OF[splitSource(source).type];
}

export interface GroupTotal<Total> {
  group: SourceGroup;
  tokens: number;
  /** Null when no source's is known. */
  newTokens: number | null;
  /** US dollars; null when no source's is known. */
  costUsd: number | null;
  /** The largest first. */
  sources: Total[];
}

interface Summed {
  source: Source;
  tokens: number;
  newTokens: number | null;
  costUsd: number | null;
}

/** Sums by group, the largest first; groups without tokens are left out. */
export function groupTotals<Total extends Summed>(totals: readonly Total[]): GroupTotal<Total>[] {
  const bySize = (one: { tokens: number }, other: { tokens: number }) => other.tokens - one.tokens;
  return SOURCE_GROUPS.map((group) => {
    const sources = totals.filter(({ source }) => groupOf(source) === group).toSorted(bySize);
    return {
      group,
      tokens: sources.reduce((sum, { tokens }) => sum + tokens, 0),
      newTokens: knownSum(sources.map(({ newTokens }) => newTokens)),
      costUsd: roundDollars(knownSum(sources.map(({ costUsd }) => costUsd))),
      sources,
    };
  })
    .filter(({ tokens }) => tokens > 0)
    .toSorted(bySize);
}
