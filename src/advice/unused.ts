import { type Source, type SourceType, splitSource } from '../model/source.js';
import type { SourceUse } from '../store/index.js';
import { DISPENSABLE_TOOLS, deniedWith, isNeededAgent, neededBy } from './built-in-tools.js';
import {
  type Certainty,
  certaintyOf,
  counted,
  type Evidence,
  type Finding,
  type FindingKind,
  savingOf,
} from './finding.js';
import {
  denyAgents,
  denyBuiltInTools,
  denyServerTools,
  disablePlugin,
  disableServer,
  hidePrefixedSkills,
  hideSkills,
  type Means,
  type Prefix,
  type ServerPlugin,
} from './settings.js';
import { isSkillName, pluginPart, pluginServer, pluginsOf } from './things.js';
import { ENOUGH } from './too-short.js';

/** Tokens in a request that carries it: the line of a deferred tool costs 2 to 8, and is not worth a setting. */
const WORTH_A_SETTING = 10;

/** What requests carried and no answer ever called. */
export function findUnused(evidence: Evidence): Finding[] {
  const { uses, claude_version: version } = evidence;
  const unused = uses.sources.filter((use) => isUnused(use) && isCurrent(evidence, use.source));
  const plugins = unusedPlugins(evidence);
  const ofPlugins = new Set<Source>([...plugins.values()].flatMap((parts) => parts.map(({ source }) => source)));
  const ofType = (wanted: SourceType) =>
    unused.filter(({ source }) => splitSource(source).type === wanted && !ofPlugins.has(source));
  // A name that Claude Code would not give is text that was taken for a listing.
  const named = (wanted: SourceType) => ofType(wanted).filter((use) => isSkillName(nameOf(use)));
  const servers = ofType('mcp');
  const dropped = new Set<Source>([...ofPlugins, ...servers.map(({ source }) => source)]);
  const tools = ofType('tool').filter((use) => isDispensable(evidence, use));
  const [known, unknown] = partition(tools, (use) => deniedWith(nameOf(use), version) !== null);
  const [prefixed, skills] = partition(named('skill'), (use) => pluginPart(nameOf(use)) !== null);
  const denied = (names: string[]) => denyBuiltInTools(names, version);
  const hidden = (names: string[]) => hideSkills(names, version);
  const byKind: readonly [Group, readonly SourceUse[]][] = [
    [{ kind: 'unused_tools', what: 'built-in tool', stops: toolsStop, means: denied }, known],
    [{ kind: 'unused_tools', what: 'built-in tool', stops: () => null, means: denied }, unknown],
    [{ kind: 'unused_skills', what: 'skill', stops: skillsStop, means: hidden }, skills],
    ...[...byPrefix(prefixed)].map(([name, each]): [Group, readonly SourceUse[]] => [
      {
        kind: 'unused_skills',
        what: 'skill',
        stops: skillsStop,
        means: (names) => hidePrefixedSkills(names, prefixOf(uses.sources, name), version),
      },
      each,
    ]),
    [
      { kind: 'unused_agents', what: 'agent', stops: agentsStop, means: (names) => denyAgents(names, version) },
      named('agent').filter((use) => !isNeededAgent(nameOf(use))),
    ],
  ];
  return [
    ...[...plugins].flatMap(([plugin, parts]) => unusedPlugin(evidence, plugin, parts)),
    ...servers.flatMap((use) => unusedServer(evidence, use)),
    ...unusedServerTools(evidence, dropped),
    ...byKind.flatMap(([group, each]) => grouped(evidence, group, each)),
  ];
}

function byPrefix(uses: readonly SourceUse[]): Map<string, SourceUse[]> {
  const prefixes = new Map<string, SourceUse[]>();
  for (const use of uses) {
    const prefix = pluginPart(nameOf(use))?.plugin ?? '';
    prefixes.set(prefix, [...(prefixes.get(prefix) ?? []), use]);
  }
  return prefixes;
}

/** What is known of the part of a skill's name before the colon. */
export function prefixOf(sources: readonly SourceUse[], name: string): Prefix {
  const parts = partsOfPlugins(sources).get(name) ?? [];
  return { name, isPlugin: parts.some(showsPlugin), isUsed: !parts.every(isIdle) };
}

/** Servers and agents have such names from plugins only; skills may be commands in a folder. */
function showsPlugin({ source }: SourceUse): boolean {
  const { type } = splitSource(source);
  return type === 'mcp' || type === 'agent';
}

function skillsStop(): string {
  return 'Claude starting these skills by itself.';
}

function agentsStop(): string {
  return 'Claude starting these agents.';
}

function toolsStop(names: readonly string[]): string {
  const stops = names.map((name) => DISPENSABLE_TOOLS.get(name)?.stops ?? name);
  return `${[...new Set(stops)].join(', ')}.`;
}

/** Nothing, where it would save next to nothing. @param requests that carried it */
function ifWorthIt(requests: number, finding: Finding): Finding[] {
  return (finding.saved?.tokens ?? 0) >= WORTH_A_SETTING * requests ? [finding] : [];
}

function nameOf({ source }: SourceUse): string {
  return splitSource(source).name;
}

/** What has left the requests since needs no advice. */
function isCurrent({ current }: Evidence, source: Source): boolean {
  return current === null || current.has(source);
}

/** What is not idle was used, even where nobody saw the call: a skill that the person started, a resource that was attached. */
function isIdle({ funnel, tokens, idle_tokens }: SourceUse): boolean {
  return (funnel?.called ?? 0) === 0 && tokens > 0 && idle_tokens === tokens;
}

function isUnused(use: SourceUse): boolean {
  return use.funnel !== null && isIdle(use) && use.requests >= ENOUGH.requests;
}

/** A tool that is mostly deferred costs a line. */
function isDispensable({ uses }: Evidence, use: SourceUse): boolean {
  const { funnel } = use;
  const needing = DISPENSABLE_TOOLS.get(nameOf(use))?.neededBy ?? [];
  const isLoaded = (funnel?.loaded ?? 0) * 2 > (funnel?.listed ?? 0);
  const isNeeded = uses.sources.some((each) => needing.includes(each.source) && (each.funnel?.called ?? 0) > 0);
  return isLoaded && !isNeeded && neededBy(nameOf(use)) === null;
}

function idleCost({ idle_tokens, idle_cost_usd }: SourceUse) {
  return { tokens: idle_tokens ?? 0, cost_usd: idle_cost_usd };
}

/** Plugins of which nothing was used. One that only brings servers has a finding for each of them. */
function unusedPlugins(evidence: Evidence): Map<string, SourceUse[]> {
  return new Map(
    [...partsOfPlugins(evidence.uses.sources)].filter(
      ([, parts]) =>
        parts.every(isIdle) &&
        parts.some((use) => isUnused(use) && isCurrent(evidence, use.source)) &&
        parts.some(showsPlugin) &&
        parts.some(({ source }) => splitSource(source).type !== 'mcp'),
    ),
  );
}

function partsOfPlugins(sources: readonly SourceUse[]): Map<string, SourceUse[]> {
  const known = pluginsOf(sources.map(({ source }) => source));
  const plugins = new Map<string, SourceUse[]>();
  for (const use of sources) {
    const plugin = pluginOf(use.source, known);
    if (plugin !== null) plugins.set(plugin, [...(plugins.get(plugin) ?? []), use]);
  }
  return plugins;
}

function pluginOf(source: Source, known: ReadonlySet<string>): string | null {
  const { type, name } = splitSource(source);
  if (type === 'mcp') return pluginServer(name, known)?.plugin ?? null;
  return type === 'skill' || type === 'agent' || type === 'command' ? (pluginPart(name)?.plugin ?? null) : null;
}

function unusedPlugin({ uses, claude_version }: Evidence, plugin: string, parts: readonly SourceUse[]): Finding[] {
  const requests = Math.max(...parts.map((use) => use.requests));
  const sessions = Math.max(...parts.map((use) => use.sessions));
  return ifWorthIt(requests, {
    kind: 'unused_plugin',
    sources: parts.map(({ source }) => source),
    tools: [],
    advice: `Disable the plugin ${plugin}`,
    evidence:
      `In ${counted(requests, 'request')} of ${counted(sessions, 'session')}, nothing of it was ever called: ` +
      `${parts.map(({ source }) => source).join(', ')}.`,
    stops: 'all of the plugin, also its hooks, which no request names.',
    saved: savingOf(parts.map(idleCost), uses),
    saving: 'measured',
    certainty: certaintyOf({ requests, sessions }),
    ...disablePlugin(plugin, claude_version),
  });
}

function unusedServer({ uses, claude_version }: Evidence, use: SourceUse): Finding[] {
  const name = nameOf(use);
  const tools = uses.tools.filter(({ source, listed }) => source === use.source && listed > 0).length;
  return ifWorthIt(use.requests, {
    kind: 'unused_server',
    sources: [use.source],
    tools: [],
    advice: `Disable the MCP server ${name}`,
    evidence: `In ${counted(use.requests, 'request')} of ${counted(use.sessions, 'session')}, never called.`,
    stops: `the server: ${tools > 0 ? `its ${counted(tools, 'tool')}, ` : ''}its resources and prompts.`,
    saved: savingOf([idleCost(use)], uses),
    saving: 'measured',
    certainty: certaintyOf(use),
    ...disableServer(name, claude_version, pluginOfServer(uses.sources, use.source)),
  });
}

/** What is known of the plugin that brings a server; null for other servers. */
export function pluginOfServer(sources: readonly SourceUse[], server: Source): ServerPlugin | null {
  const known = pluginsOf(sources.map(({ source }) => source));
  const part = pluginServer(splitSource(server).name, known);
  if (part === null) return null;
  return { ...part, isUsed: !(partsOfPlugins(sources).get(part.plugin) ?? []).every(isIdle) };
}

/** Of servers that are used. Only tools that are loaded as a rule: one that waits for a search costs a line. */
function unusedServerTools(evidence: Evidence, dropped: ReadonlySet<Source>): Finding[] {
  const { uses, claude_version } = evidence;
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
    const names = own.map(({ tool }) => tool);
    const all = uses.tools.filter((tool) => tool.source === source && tool.listed > 0);
    const requests = Math.min(...own.map(({ loaded }) => loaded ?? 0));
    const sessions = uses.sources.find((use) => use.source === source)?.sessions ?? 0;
    return ifWorthIt(requests, {
      kind: 'unused_server_tools',
      sources: [source],
      tools: names,
      advice: `Deny ${counted(own.length, 'tool')} of the MCP server ${splitSource(source).name}`,
      evidence: `${own.length} of its ${counted(all.length, 'tool')} were loaded in ${counted(requests, 'request')} or more and never called.`,
      stops: `these tools: ${names.join(', ')}. Its resources and prompts stay.`,
      saved: savingOf(own, uses),
      saving: 'measured',
      certainty: certaintyOf({ requests, sessions }),
      ...denyServerTools(names, claude_version),
    });
  });
}

const SHOWN_NAMES = 5;

interface Group {
  kind: FindingKind;
  what: string;
  stops: (names: string[]) => string | null;
  means: (names: string[]) => Means;
}

/** One finding for all that are equally certain: one setting drops them together. */
function grouped({ uses }: Evidence, { kind, what, stops, means }: Group, unused: readonly SourceUse[]): Finding[] {
  const levels: Certainty[] = ['high', 'medium', 'low'];
  return levels.flatMap((certainty) => {
    const own = unused.filter((use) => certaintyOf(use) === certainty);
    if (own.length === 0) return [];
    const names = own.map(nameOf);
    const shown = names.slice(0, SHOWN_NAMES);
    const more = names.length > shown.length ? `, and ${names.length - shown.length} more` : '';
    const requests = Math.min(...own.map((use) => use.requests));
    const sessions = Math.min(...own.map((use) => use.sessions));
    const each = own.length === 1 ? 'In' : 'Each in at least';
    return ifWorthIt(requests, {
      kind,
      sources: own.map(({ source }) => source),
      tools: [],
      advice: `Leave out ${counted(own.length, what)}: ${shown.join(', ')}${more}`,
      evidence: `${each} ${counted(requests, 'request')} of ${counted(sessions, 'session')}, never called.`,
      stops: stops(names),
      saved: savingOf(own.map(idleCost), uses),
      saving: 'measured',
      certainty,
      ...means(names),
    });
  });
}

function partition<Item>(items: readonly Item[], test: (item: Item) => boolean): [yes: Item[], no: Item[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
