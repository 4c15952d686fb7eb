import { matchesGlob } from '../../../base/glob.js';
import { knownSum } from '../../../base/known-sum.js';
import { splitSource } from '../../../model/source.js';
import type { Stats } from '../../../store/index.js';
import { formatDollars, formatTokens } from '../../../text/units.js';
import { sourceName, wholeSource } from '../source-name.js';
import type { Choice } from '../state/choice.js';

interface SourceTotal {
  /** Glob. */
  source: string;
  tokens: number;
  costUsd: number | null;
}

/**
 * The sources, and patterns for all sources of one type, the most expensive first. A pattern that was typed comes before
 * them.
 * @param chosen the current filter
 */
export function sourceChoices(stats: Stats | null, text: string, chosen: string | undefined): Choice[] {
  const sources = (stats?.rows ?? []).flatMap(({ key, inputTokens: tokens, costUsd }): SourceTotal[] =>
    key === null || tokens === 0 ? [] : [{ source: key, tokens, costUsd }],
  );
  const summed = (pattern: string) => sumOf(pattern, sources);
  const types = new Set(sources.map(({ source }) => `${splitSource(source).type}:*`));
  const patterns = [...types].filter((pattern) => sources.filter(isOf(pattern)).length > 1);
  const typed = wholeSource(text.trim());
  const rows = [
    ...(typed.includes('*') && !patterns.includes(typed) ? [summed(typed)] : []),
    ...[...patterns.map(summed), ...sources].toSorted(
      (a, b) => (b.costUsd ?? 0) - (a.costUsd ?? 0) || b.tokens - a.tokens,
    ),
  ].map(toChoice);
  if (chosen === undefined) return rows;
  return [
    { name: 'every source', figures: ['', ''], intent: { type: 'query', change: { source: undefined } } },
    ...rows,
  ];
}

function isOf(pattern: string): (total: SourceTotal) => boolean {
  return ({ source }) => matchesGlob(pattern, source);
}

function sumOf(pattern: string, all: readonly SourceTotal[]): SourceTotal {
  const totals = all.filter(isOf(pattern));
  return {
    source: pattern,
    tokens: totals.reduce((sum, { tokens }) => sum + tokens, 0),
    costUsd: knownSum(totals.map(({ costUsd }) => costUsd)),
  };
}

function toChoice({ source, tokens, costUsd }: SourceTotal): Choice {
  return {
    name: sourceName(source),
    figures: [formatTokens(tokens), formatDollars(costUsd)],
    intent: { type: 'query', change: { source } },
  };
}
