/**
 * What could be left out of requests, and the settings that do it, as facts: src/text makes sentences of them. `advise`,
 * `settingsChanges` and `compareSessions` are pure; read-evidence and read-sessions read the store for them.
 */
import type { Source } from '../model/source.js';
import type { SourceUses } from '../store/index.js';
import { findCacheBreakers } from './cache.js';
import { findHooks, findLargeResults, findLoadedInFull, findLowRated, findMemory, findRarelyUsed } from './costs.js';
import { type Evidence, type Finding, type Saving, savingOf } from './finding.js';
import { findReducedResults, findShortenedDefinitions, findSlowServers, findSlowStarts } from './mcp-servers.js';
import { ENOUGH_IN_ANY_TIME, type TooShort, whyTooShort } from './too-short.js';
import { findUnused } from './unused.js';

export type { DispensableToolName } from './built-in-tools.js';
export { type CheckedThing, compareSessions, type SessionCheck } from './compare-sessions.js';
export type {
  Evidence,
  Finding,
  FindingKind,
  ReducedForm,
  Saving,
  ServerEvidence,
  ShortenedDefinition,
} from './finding.js';
export type { Incomparable } from './read-sessions.js';
export type { Action, Caveat, Condition, Setting, Untried } from './settings.js';
export { type SettingsChange, settingsChanges } from './settings-changes.js';
export { ENOUGH_IN_ANY_TIME, type TooShort } from './too-short.js';
export { claudeVersion } from './versions.js';

export interface Advice {
  /** There was too little work to tell what is not used, so there are no findings; null where there was enough. */
  tooShort: TooShort | null;
  /** Measured savings first, then upper limits; the largest first in each. */
  findings: Finding[];
  /** Findings of low certainty, from one short session: shown only to programs, and in no sum. */
  heldBack: Finding[];
  /** Sum of all measured findings; they do not overlap. */
  saved: Saving;
  /** Upper limit of what the other findings save. Without cache misses, whose tokens are counted in the other findings. */
  savedAtMost: Saving;
}

type Rule = (evidence: Evidence) => Finding[];

/** Never about the same: what was never used, and definitions of what was. */
const DISJOINT: readonly Rule[] = [findUnused, findLoadedInFull];

/** About whole sources, of which only one finding may claim each: the more certain rules first. */
const CLAIMING: readonly Rule[] = [findRarelyUsed, findMemory, findHooks, findLowRated];

/** About what no other finding saves: calls and results, cache misses, and the speed of servers. */
const APART: readonly Rule[] = [
  findLargeResults,
  findCacheBreakers,
  findReducedResults,
  findShortenedDefinitions,
  findSlowServers,
  findSlowStarts,
];

export function advise(evidence: Evidence): Advice {
  const tooShort = whyTooShort(evidence);
  const { uses } = evidence;
  const all = tooShort === null ? findAll(evidence) : [];
  const findings = all.filter((finding) => !isPremature(finding, uses));
  const apart = (finding: Finding) => finding.kind === 'cache_misses';
  return {
    tooShort,
    findings,
    heldBack: all.filter((finding) => isPremature(finding, uses)),
    saved: sumOf(
      findings.filter(({ saving }) => saving === 'measured'),
      uses,
    ),
    savedAtMost: sumOf(
      findings.filter((finding) => finding.saving === 'at_most' && !apart(finding)),
      uses,
    ),
  };
}

/** One short session shows neither what the next one needs, nor what happens often. */
function isPremature({ certainty, sources }: Finding, uses: SourceUses): boolean {
  const about = sources.length === 0 ? uses.sources : uses.sources.filter(({ source }) => sources.includes(source));
  return certainty === 'low' && about.every(({ sessions, requests }) => sessions <= 1 && requests < ENOUGH_IN_ANY_TIME);
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

/** Largest saving first; unknown savings come last. */
function bySaving(a: Finding, b: Finding): number {
  if (a.saving !== b.saving) return a.saving === 'measured' ? -1 : 1;
  return (b.saved?.tokens ?? 0) - (a.saved?.tokens ?? 0) || (b.saved?.costUsd ?? 0) - (a.saved?.costUsd ?? 0);
}

function sumOf(findings: readonly Finding[], uses: SourceUses): Saving {
  return savingOf(
    findings.flatMap(({ saved }) => (saved === null ? [] : [saved])),
    uses,
  );
}
