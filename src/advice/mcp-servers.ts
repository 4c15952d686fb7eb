import { type Evidence, type Finding, finding, type ServerEvidence } from './finding.js';

const MIN_REDUCED = 3;
const MIN_REDUCED_SHARE = 0.1;
const MIN_CALLS = 5;
const SLOW_P95_MS = 10_000;
const MIN_CONNECTIONS = 3;
const SLOW_START_MS = 2_000;

/** Servers whose results often do not reach the model as they are. */
export function findReducedResults(evidence: Evidence): Finding[] {
  return serversOf(evidence).flatMap(({ figures: { source, deliveredCalls }, reduced, reducedTools }) => {
    const results = reduced.reduce((sum, each) => sum + each.results, 0);
    if (results < MIN_REDUCED || results < deliveredCalls * MIN_REDUCED_SHARE) return [];
    const facts = { results: deliveredCalls, reduced };
    return [measured({ kind: 'reduced_results', ...facts, sources: [source], tools: reducedTools })];
  });
}

/** Servers whose instructions, or descriptions of tools, are longer than what Claude Code passes on. */
export function findShortenedDefinitions(evidence: Evidence): Finding[] {
  return serversOf(evidence).flatMap(({ figures: { source }, shortened }) => {
    if (shortened.length === 0) return [];
    const tools = shortened.map(({ name }) => name).filter((name) => name !== '');
    return [measured({ kind: 'shortened_definitions', shortened, sources: [source], tools })];
  });
}

/** Servers that let the model wait. */
export function findSlowServers(evidence: Evidence): Finding[] {
  return serversOf(evidence).flatMap(({ figures: { source, calls, p50Ms, p95Ms } }) => {
    if (p50Ms === null || p95Ms === null || calls < MIN_CALLS || p95Ms < SLOW_P95_MS) return [];
    return [measured({ kind: 'slow_calls', calls, p50Ms, p95Ms, sources: [source], tools: [] })];
  });
}

/** Servers for whose start Claude Code waits. */
export function findSlowStarts(evidence: Evidence): Finding[] {
  return serversOf(evidence).flatMap(({ figures: { source, connections, readyMs } }) => {
    if (readyMs === null || connections < MIN_CONNECTIONS || readyMs < SLOW_START_MS) return [];
    return [measured({ kind: 'slow_start', connections, readyMs, sources: [source], tools: [] })];
  });
}

/** Without those that the newest sessions no longer have. */
function serversOf({ servers, current }: Evidence): readonly ServerEvidence[] {
  return servers.filter(({ figures }) => current === null || current.has(figures.source));
}

type Facts = Extract<Finding, { kind: 'reduced_results' | 'shortened_definitions' | 'slow_calls' | 'slow_start' }>;
type Given<Kind> = Kind extends Facts ? Omit<Kind, 'saved' | 'saving' | 'certainty' | 'settings' | 'untried'> : never;

/** It was seen, whatever the number of sessions; only the server itself can change it. */
function measured(facts: Given<Facts>): Finding {
  return finding({ ...facts, saved: null, certainty: 'medium', remedy: { settings: [], untried: null } });
}
