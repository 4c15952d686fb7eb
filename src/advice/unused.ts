import { type Source, type SourceType, splitSource } from '../model/source.js';
import type { SourceUse } from '../store/index.js';
import { DISPENSABLE_TOOLS, deniedWith, isNeededAgent, isNeededTool } from './built-in-tools.js';
import {
  type Certainty,
  certaintyOf,
  type Evidence,
  type Finding,
  type FindingFacts,
  finding,
  savingOf,
} from './finding.js';
import { isIdle, partsOfPlugins, pluginOfServer, prefixOf, provesPlugin } from './plugins.js';
import {
  denyAgents,
  denyBuiltInTools,
  denyServerTools,
  disablePlugin,
  disableServer,
  hidePrefixedSkills,
  hideSkills,
  type Remedy,
} from './settings.js';
import { isSkillName, pluginPart } from './targets.js';
import { ENOUGH } from './too-short.js';

/** Minimum tokens in a request that carries it: the line of a deferred tool costs 2 to 8, and is not worth a setting. */
const MIN_TOKENS = 10;

/** Sources that requests carried and no answer ever called. */
export function findUnused(evidence: Evidence): Finding[] {
  const plugins = unusedPlugins(evidence);
  const inPlugins = new Set<Source>([...plugins.values()].flat().map(({ source }) => source));
  const unused = evidence.uses.sources.filter(
    (use) => isUnused(use) && isCurrent(evidence, use.source) && !inPlugins.has(use.source),
  );
  const servers = ofType(unused, 'mcp');
  const dropped = new Set<Source>([...inPlugins, ...servers.map(({ source }) => source)]);
  return [
    ...[...plugins].flatMap(([plugin, parts]) => pluginFinding(evidence, plugin, parts)),
    ...servers.flatMap((use) => serverFinding(evidence, use)),
    ...serverToolFindings(evidence, dropped),
    ...[...builtInTools(evidence, unused), ...skills(evidence, unused), agents(evidence, unused)].flatMap((group) =>
      groupFindings(evidence, group),
    ),
  ];
}

function ofType(uses: readonly SourceUse[], wanted: SourceType): SourceUse[] {
  return uses.filter(({ source }) => splitSource(source).type === wanted);
}

/** A name that Claude Code would not give is text that was mistaken for a listing. */
function named(uses: readonly SourceUse[], wanted: SourceType): SourceUse[] {
  return ofType(uses, wanted).filter((use) => isSkillName(nameOf(use)));
}

function nameOf({ source }: SourceUse): string {
  return splitSource(source).name;
}

/** A source that has since left the requests needs no advice. */
function isCurrent({ current }: Evidence, source: Source): boolean {
  return current === null || current.has(source);
}

function isUnused(use: SourceUse): boolean {
  return use.funnel !== null && isIdle(use) && use.requests >= ENOUGH.requests;
}

export function idleCost({ idleTokens, idleCostUsd }: SourceUse): { tokens: number; costUsd: number | null } {
  return { tokens: idleTokens ?? 0, costUsd: idleCostUsd };
}

/** No finding where it would save next to nothing. @param requests that carried it */
function unusedFinding(requests: number, facts: FindingFacts): Finding[] {
  const isWorthIt = (facts.saved?.tokens ?? 0) >= MIN_TOKENS * requests;
  return isWorthIt ? [finding({ ...facts, saving: 'measured' })] : [];
}

/** Plugins without any used part. A plugin that only brings servers has a finding for each of them instead. */
function unusedPlugins(evidence: Evidence): Map<string, SourceUse[]> {
  return new Map(
    [...partsOfPlugins(evidence.uses.sources)].filter(
      ([, parts]) =>
        parts.every(isIdle) &&
        parts.some((use) => isUnused(use) && isCurrent(evidence, use.source)) &&
        parts.some(provesPlugin) &&
        ofType(parts, 'mcp').length < parts.length,
    ),
  );
}

function pluginFinding({ uses, claudeVersion }: Evidence, plugin: string, parts: readonly SourceUse[]): Finding[] {
  const requests = Math.max(...parts.map((use) => use.requests));
  const sessions = Math.max(...parts.map((use) => use.sessions));
  const sources = parts.map(({ source }) => source);
  return unusedFinding(requests, {
    kind: 'unused_plugin',
    plugin,
    requests,
    sessions,
    sources,
    saved: savingOf(parts.map(idleCost), uses),
    certainty: certaintyOf({ requests, sessions }),
    remedy: disablePlugin(plugin, claudeVersion),
  });
}

function serverFinding({ uses, claudeVersion }: Evidence, use: SourceUse): Finding[] {
  const { requests, sessions } = use;
  return unusedFinding(requests, {
    kind: 'unused_server',
    serverTools: uses.tools.filter(({ source, listed }) => source === use.source && listed > 0).length,
    requests,
    sessions,
    sources: [use.source],
    saved: savingOf([idleCost(use)], uses),
    certainty: certaintyOf(use),
    remedy: disableServer(nameOf(use), claudeVersion, pluginOfServer(uses.sources, use.source)),
  });
}

/** Single tools of servers that are used. Only tools that are mostly loaded: a deferred one costs one line. */
function serverToolFindings(evidence: Evidence, dropped: ReadonlySet<Source>): Finding[] {
  const { uses, claudeVersion } = evidence;
  const idle = uses.tools.filter(
    ({ source, called, tokens, listed, loaded }) =>
      called === 0 &&
      tokens > 0 &&
      listed >= ENOUGH.requests &&
      (loaded ?? 0) * 2 > listed &&
      !dropped.has(source) &&
      isCurrent(evidence, source),
  );
  return [...new Set(idle.map(({ source }) => source))].flatMap((source) => {
    const own = idle.filter((tool) => tool.source === source);
    const tools = own.map(({ tool }) => tool);
    const all = uses.tools.filter((tool) => tool.source === source && tool.listed > 0);
    const requests = Math.min(...own.map(({ loaded }) => loaded ?? 0));
    const sessions = uses.sources.find((use) => use.source === source)?.sessions ?? 0;
    return unusedFinding(requests, {
      kind: 'unused_server_tools',
      sources: [source],
      tools,
      serverTools: all.length,
      requests,
      saved: savingOf(own, uses),
      certainty: certaintyOf({ requests, sessions }),
      remedy: denyServerTools(tools, claudeVersion),
    });
  });
}

/** Unused sources that one setting leaves out together. */
interface Group {
  kind: 'unused_tools' | 'unused_skills' | 'unused_agents';
  uses: readonly SourceUse[];
  remedy: (names: readonly string[]) => Remedy;
}

/** Tools that were tried without, and the others, about which the finding says so. */
function builtInTools(evidence: Evidence, unused: readonly SourceUse[]): Group[] {
  const version = evidence.claudeVersion;
  const tools = ofType(unused, 'tool').filter((use) => isDispensable(evidence, use));
  const isTried = (use: SourceUse) => deniedWith(nameOf(use), version) !== null;
  const group = {
    kind: 'unused_tools',
    remedy: (names: readonly string[]) => denyBuiltInTools(names, version),
  } as const;
  return [
    { ...group, uses: tools.filter(isTried) },
    { ...group, uses: tools.filter((use) => !isTried(use)) },
  ];
}

/** Not for tools that are mostly deferred, as these cost one line. */
function isDispensable({ uses }: Evidence, use: SourceUse): boolean {
  const { funnel } = use;
  const needing = DISPENSABLE_TOOLS.get(nameOf(use))?.neededBy ?? [];
  const isLoaded = (funnel?.loaded ?? 0) * 2 > (funnel?.listed ?? 0);
  const isNeeded = uses.sources.some((each) => needing.includes(each.source) && (each.funnel?.called ?? 0) > 0);
  return isLoaded && !isNeeded && !isNeededTool(nameOf(use));
}

function skills({ uses, claudeVersion: version }: Evidence, unused: readonly SourceUse[]): Group[] {
  const byPrefix = new Map<string | null, SourceUse[]>([[null, []]]);
  for (const use of named(unused, 'skill')) {
    const prefix = pluginPart(nameOf(use))?.plugin ?? null;
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), use]);
  }
  return [...byPrefix].map(([prefix, each]) => ({
    kind: 'unused_skills',
    uses: each,
    remedy: (names) =>
      prefix === null ? hideSkills(names, version) : hidePrefixedSkills(names, prefixOf(uses.sources, prefix), version),
  }));
}

function agents({ claudeVersion }: Evidence, unused: readonly SourceUse[]): Group {
  return {
    kind: 'unused_agents',
    uses: named(unused, 'agent').filter((use) => !isNeededAgent(nameOf(use))),
    remedy: (names) => denyAgents(names, claudeVersion),
  };
}

const CERTAINTIES: readonly Certainty[] = ['high', 'medium', 'low'];

/** One finding for all sources that are equally certain. */
function groupFindings(evidence: Evidence, { kind, uses, remedy }: Group): Finding[] {
  return CERTAINTIES.flatMap((certainty) => {
    const own = uses.filter((use) => certaintyOf(use) === certainty);
    if (own.length === 0) return [];
    const requests = Math.min(...own.map((use) => use.requests));
    const sessions = Math.min(...own.map((use) => use.sessions));
    return unusedFinding(requests, {
      kind,
      requests,
      sessions,
      sources: own.map(({ source }) => source),
      saved: savingOf(own.map(idleCost), evidence.uses),
      certainty,
      remedy: remedy(own.map(nameOf)),
    });
  });
}
