import { type Source, splitSource } from '../model/source.js';
import type { SourceUse } from '../store/index.js';
import type { Prefix, ServerPlugin } from './settings.js';
import { pluginPart, pluginServer, pluginsOf } from './targets.js';

/** Carried and never used. A source that is not idle was used, even without a visible call: a typed skill, an attached resource. */
export function isIdle({ funnel, tokens, idleTokens }: SourceUse): boolean {
  return (funnel?.called ?? 0) === 0 && tokens > 0 && idleTokens === tokens;
}

/** The sources that come from plugins, by plugin. */
export function partsOfPlugins(sources: readonly SourceUse[]): Map<string, SourceUse[]> {
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

/** Only plugins give servers and agents such names; a skill may also be a command in a folder. */
export function provesPlugin({ source }: SourceUse): boolean {
  const { type } = splitSource(source);
  return type === 'mcp' || type === 'agent';
}

/** @param name the part of a skill's name before the colon */
export function prefixOf(sources: readonly SourceUse[], name: string): Prefix {
  const parts = partsOfPlugins(sources).get(name) ?? [];
  return { name, isPlugin: parts.some(provesPlugin), isUsed: !parts.every(isIdle) };
}

/** The plugin of a server; null for other servers, and where it is not known. */
export function pluginOfServer(sources: readonly SourceUse[], server: Source): ServerPlugin | null {
  const known = pluginsOf(sources.map(({ source }) => source));
  const part = pluginServer(splitSource(server).name, known);
  if (part === null) return null;
  return { ...part, isUsed: !(partsOfPlugins(sources).get(part.plugin) ?? []).every(isIdle) };
}
