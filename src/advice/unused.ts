import { type Source, type SourceType, splitSource } from '../model/source.js';
import type { SourceUse } from '../store/index.js';
import { DISPENSABLE_TOOLS, deniedWith, isNeededAgent, isNeededTool } from './built-in-tools.js';
import {
  type Certainty,
  certaintyOf,
  counted,
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
const MAX_SHOWN_NAMES = 5;

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
function unusedFinding(requests: number, facts: Omit<FindingFacts, 'saving'>): Finding[] {
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
    sources,
    advice: `Disable the plugin ${plugin}`,
    evidence: `In ${carriers(requests, sessions)}, no part of it was ever called: ${sources.join(', ')}.`,
    stops: 'the whole plugin, including its hooks, which requests do not show.',
    saved: savingOf(parts.map(idleCost), uses),
    certainty: certaintyOf({ requests, sessions }),
    remedy: disablePlugin(plugin, claudeVersion),
  });
}

function carriers(requests: number, sessions: number): string {
  return `${counted(requests, 'request')} of ${counted(sessions, 'session')}`;
}

function serverFinding({ uses, claudeVersion }: Evidence, use: SourceUse): Finding[] {
  const name = nameOf(use);
  const tools = uses.tools.filter(({ source, listed }) => source === use.source && listed > 0).length;
  return unusedFinding(use.requests, {
    kind: 'unused_server',
    sources: [use.source],
    advice: `Disable the MCP server ${name}`,
    evidence: `In ${carriers(use.requests, use.sessions)}, never called.`,
    stops: `the server: ${tools > 0 ? `its ${counted(tools, 'tool')}, ` : ''}its resources and prompts.`,
    saved: savingOf([idleCost(use)], uses),
    certainty: certaintyOf(use),
    remedy: disableServer(name, claudeVersion, pluginOfServer(uses.sources, use.source)),
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
      advice: `Deny ${counted(own.length, 'tool')} of the MCP server ${splitSource(source).name}`,
      evidence: `${own.length} of its ${counted(all.length, 'tool')} were loaded in ${counted(requests, 'request')} or more and never called.`,
      stops: `these tools: ${tools.join(', ')}. The server's resources and prompts stay.`,
      saved: savingOf(own, uses),
      certainty: certaintyOf({ requests, sessions }),
      remedy: denyServerTools(tools, claudeVersion),
    });
  });
}

/** Unused sources that one setting leaves out together. */
interface Group {
  kind: Finding['kind'];
  noun: string;
  uses: readonly SourceUse[];
  stops: (names: readonly string[]) => string | null;
  remedy: (names: readonly string[]) => Remedy;
}

/** Tools that were tried without, and the others, about which the finding says so. */
function builtInTools(evidence: Evidence, unused: readonly SourceUse[]): Group[] {
  const version = evidence.claudeVersion;
  const tools = ofType(unused, 'tool').filter((use) => isDispensable(evidence, use));
  const isTried = (use: SourceUse) => deniedWith(nameOf(use), version) !== null;
  const group = {
    kind: 'unused_tools',
    noun: 'built-in tool',
    remedy: (names: readonly string[]) => denyBuiltInTools(names, version),
  } as const;
  return [
    { ...group, uses: tools.filter(isTried), stops: stoppedByTools },
    { ...group, uses: tools.filter((use) => !isTried(use)), stops: () => null },
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

function stoppedByTools(names: readonly string[]): string {
  const stops = names.map((name) => DISPENSABLE_TOOLS.get(name)?.stops ?? name);
  return `${[...new Set(stops)].join(', ')}.`;
}

function skills({ uses, claudeVersion: version }: Evidence, unused: readonly SourceUse[]): Group[] {
  const byPrefix = new Map<string | null, SourceUse[]>([[null, []]]);
  for (const use of named(unused, 'skill')) {
    const prefix = pluginPart(nameOf(use))?.plugin ?? null;
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), use]);
  }
  return [...byPrefix].map(([prefix, each]) => ({
    kind: 'unused_skills',
    noun: 'skill',
    uses: each,
    stops: () => 'Claude starting these skills by itself.',
    remedy: (names) =>
      prefix === null ? hideSkills(names, version) : hidePrefixedSkills(names, prefixOf(uses.sources, prefix), version),
  }));
}

function agents({ claudeVersion }: Evidence, unused: readonly SourceUse[]): Group {
  return {
    kind: 'unused_agents',
    noun: 'agent',
    uses: named(unused, 'agent').filter((use) => !isNeededAgent(nameOf(use))),
    stops: () => 'Claude starting these agents.',
    remedy: (names) => denyAgents(names, claudeVersion),
  };
}

const CERTAINTIES: readonly Certainty[] = ['high', 'medium', 'low'];

/** One finding for all sources that are equally certain. */
function groupFindings(evidence: Evidence, { kind, noun, uses, stops, remedy }: Group): Finding[] {
  return CERTAINTIES.flatMap((certainty) => {
    const own = uses.filter((use) => certaintyOf(use) === certainty);
    if (own.length === 0) return [];
    const names = own.map(nameOf);
    const shown = names.slice(0, MAX_SHOWN_NAMES);
    const more = names.length > shown.length ? `, and ${names.length - shown.length} more` : '';
    const requests = Math.min(...own.map((use) => use.requests));
    const sessions = Math.min(...own.map((use) => use.sessions));
    return unusedFinding(requests, {
      kind,
      sources: own.map(({ source }) => source),
      advice: `Leave out ${counted(own.length, noun)}: ${shown.join(', ')}${more}`,
      evidence: `${own.length === 1 ? 'In' : 'Each in at least'} ${carriers(requests, sessions)}, never called.`,
      stops: stops(names),
      saved: savingOf(own.map(idleCost), evidence.uses),
      certainty,
      remedy: remedy(names),
    });
  });
}
