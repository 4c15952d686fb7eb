/** What could be left out of requests, made from sums over a period. Pure: it reads no files and changes no settings. */
import type { Source } from '../model/source.js';
import type { SourceUses } from '../store/index.js';
import { findCacheBreakers } from './cache.js';
import { findHooks, findLargeResults, findLoadedInFull, findLowRated, findMemory, findRarelyUsed } from './costs.js';
import { type Evidence, type Finding, type Saving, savingOf } from './finding.js';
import { type TooShort, tooShort } from './too-short.js';
import { findUnused } from './unused.js';

export { type CheckedThing, compareSessions, type SessionCheck } from './compare-sessions.js';
export type { Evidence, Finding, FindingKind, Saving } from './finding.js';
export type { Incomparable } from './gather-sessions.js';
export type { Setting } from './settings.js';
export type { TooShort } from './too-short.js';
export { claudeVersion } from './versions.js';

export interface Advice {
  /** There is too little work to tell what is not used, so nothing is said; null where there is enough. */
  too_short: TooShort | null;
  /** What saves most first: first what is measured, then what is so at most. */
  findings: Finding[];
  /** All measured findings together; none counts what another does. */
  saved: Saving;
  /** What the others could save on top, at most. Without cache misses: the tokens they pay again are those of all the others. */
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
  const too_short = tooShort(evidence);
  const findings = too_short === null ? findAll(evidence) : [];
  const { uses } = evidence;
  const apart = (finding: Finding) => finding.kind === 'cache_misses';
  return {
    too_short,
    findings,
    saved: sumOf(
      findings.filter(({ saving }) => saving === 'measured'),
      uses,
    ),
    saved_at_most: sumOf(
      findings.filter((finding) => finding.saving === 'at_most' && !apart(finding)),
      uses,
    ),
  };
}

function findAll(evidence: Evidence): Finding[] {
  const findings = DISJOINT.flatMap((rule) => rule(evidence));
  const claimed = new Set<Source>(findings.flatMap(({ sources }) => sources));
  for (const finding of CLAIMING.flatMap((rule) => rule(evidence))) {
    const isGone = finding.sources.some((source) => evidence.current?.has(source) === false);
    if (isGone || finding.sources.some((source) => claimed.has(source))) continue;
    for (const source of finding.sources) claimed.add(source);
    findings.push(finding);
  }
  return [...findings, ...APART.flatMap((rule) => rule(evidence))].sort(bySaving);
}

/** By what an average request would be smaller; what nobody can tell comes last. */
function bySaving(a: Finding, b: Finding): number {
  if (a.saving !== b.saving) return a.saving === 'measured' ? -1 : 1;
  return (b.saved?.tokens ?? 0) - (a.saved?.tokens ?? 0) || (b.saved?.cost_usd ?? 0) - (a.saved?.cost_usd ?? 0);
}

function sumOf(findings: readonly Finding[], uses: SourceUses): Saving {
  return savingOf(
    findings.flatMap(({ saved }) => (saved === null ? [] : [saved])),
    uses,
  );
}
