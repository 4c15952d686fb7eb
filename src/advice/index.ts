/** What could be left out of requests, made from sums over a period. Pure: it reads no files and changes no settings. */
import { roundDollars } from '../model/dollars.js';
import type { Source } from '../model/source.js';
import { findCacheBreakers } from './cache.js';
import { findHooks, findLargeResults, findLoadedInFull, findLowRated, findMemory, findRarelyUsed } from './costs.js';
import type { Evidence, Finding, Saving } from './finding.js';
import { findUnused } from './unused.js';

export type { Evidence, Finding, FindingKind, Saving } from './finding.js';
export type { Setting } from './settings.js';

export interface Advice {
  /** What saves most first: first what is measured, then what is so at most. */
  findings: Finding[];
  /** All measured findings together; none counts what another does. */
  saved: Saving;
  /** What the others could save on top, at most. */
  saved_at_most: Saving;
}

type Rule = (evidence: Evidence) => Finding[];

/** About different things by nature: what was never used, and definitions of what was. */
const DISJOINT: readonly Rule[] = [findUnused, findLoadedInFull];

/** About whole sources, that only one finding may claim: what is surer first. */
const CLAIMING: readonly Rule[] = [findRarelyUsed, findMemory, findHooks, findLowRated];

/** About what no other finding saves: calls and results, and what it costs to miss the cache. */
const APART: readonly Rule[] = [findLargeResults, findCacheBreakers];

export function advise(evidence: Evidence): Advice {
  const findings = DISJOINT.flatMap((rule) => rule(evidence));
  const claimed = new Set<Source>(findings.flatMap(({ sources }) => sources));
  for (const finding of CLAIMING.flatMap((rule) => rule(evidence))) {
    if (finding.sources.some((source) => claimed.has(source))) continue;
    for (const source of finding.sources) claimed.add(source);
    findings.push(finding);
  }
  findings.push(...APART.flatMap((rule) => rule(evidence)));
  findings.sort(bySaving);
  return {
    findings,
    saved: sumOf(findings.filter(({ saving }) => saving === 'measured')),
    saved_at_most: sumOf(findings.filter(({ saving }) => saving === 'at_most')),
  };
}

function bySaving(a: Finding, b: Finding): number {
  if (a.saving !== b.saving) return a.saving === 'measured' ? -1 : 1;
  return (b.saved?.cost_usd ?? 0) - (a.saved?.cost_usd ?? 0) || (b.saved?.tokens ?? 0) - (a.saved?.tokens ?? 0);
}

function sumOf(findings: readonly Finding[]): Saving {
  const savings = findings.flatMap(({ saved }) => (saved === null ? [] : [saved]));
  const dollars = savings.flatMap(({ cost_usd }) => (cost_usd === null ? [] : [cost_usd]));
  const sum = (values: readonly number[]) => values.reduce((total, each) => total + each, 0);
  return {
    tokens: sum(savings.map(({ tokens }) => tokens)),
    cost_usd: dollars.length === 0 ? null : roundDollars(sum(dollars)),
    share: sum(savings.map(({ share }) => share)),
  };
}
