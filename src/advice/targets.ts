import { splitSource } from '../model/source.js';

/**
 * Kinds of targets that settings of Claude Code treat alike. Requests do not show where a server or a skill was configured,
 * so a setting is offered for it only if it was tried with all kinds that it may be.
 */
export type Target =
  | 'built-in tool'
  | 'deferred built-in tool'
  | 'MCP tool'
  | 'deferred MCP tool'
  | 'server added with claude mcp add'
  | 'server of .mcp.json'
  | 'server of a plugin'
  | 'claude.ai connector'
  | 'MCP result'
  | 'skill file'
  | 'command file'
  | 'command file in a folder'
  | 'bundled skill'
  | 'skill of a plugin'
  | 'agent file'
  | 'built-in agent'
  | 'agent of a plugin'
  | 'plugin'
  | 'memory file'
  | 'nested memory file'
  | 'rule file'
  | 'imported file'
  | 'auto memory'
  | 'managed memory file'
  | 'memory of an agent'
  | 'hook'
  | 'hook of a plugin';

/** The plugin that something belongs to, and its name there. */
export interface PluginPart {
  plugin: string;
  name: string;
}

/** Names of skills, commands and agents have letters of any script, digits and a few signs, and may have a plugin's prefix. */
export function isSkillName(name: string): boolean {
  return /^[\p{L}\p{N}_.-]+(:[\p{L}\p{N}_.-]+)*$/u.test(name);
}

/** Skills, commands and agents of plugins are named `plugin:name`; so are command files in a folder of `.claude/commands`. */
export function pluginPart(name: string): PluginPart | null {
  const colon = name.indexOf(':');
  return colon > 0 && isSkillName(name) ? { plugin: name.slice(0, colon), name: name.slice(colon + 1) } : null;
}

/**
 * Plugin and name of a server as in tool names: `plugin_<plugin>_<server>`. Both may hold `_`; null where that leaves
 * several possibilities and no known plugin decides.
 * @param known plugins that skills, commands or agents name
 */
export function pluginServer(server: string, known: ReadonlySet<string> = new Set()): PluginPart | null {
  const rest = /^plugin_(.+)$/.exec(server)?.[1];
  if (rest === undefined) return null;
  const splits = [...rest.matchAll(/_/g)].map(({ index }) => index).filter((at) => at > 0 && at < rest.length - 1);
  const parts = splits.map((at) => ({ plugin: rest.slice(0, at), name: rest.slice(at + 1) }));
  const named = parts.filter(({ plugin }) => known.has(plugin));
  return single(named) ?? single(parts);
}

function single<Item>(items: readonly Item[]): Item | null {
  const [item] = items;
  return item !== undefined && items.length === 1 ? item : null;
}

export function isPluginServer(server: string): boolean {
  return server.startsWith('plugin_');
}

/** The name of a claude.ai connector; null for other servers. */
export function connectorName(server: string): string | null {
  return /^claude_ai_(.+)$/.exec(server)?.[1] ?? null;
}

/** The kinds that a memory file may be, by its path. */
export function memoryTargets(path: string): Target[] {
  const file = path.replaceAll('\\', '/');
  if (/\/\.claude\/projects\/[^/]+\/memory\//.test(file)) return ['auto memory'];
  if (/^\/etc\/claude-code\/|^\/Library\/Application Support\/ClaudeCode\/|\/ClaudeCode\/CLAUDE\.md$/.test(file)) {
    return ['managed memory file'];
  }
  if (/\/\.claude\/agent-memory(-local)?\//.test(file)) return ['memory of an agent'];
  if (/\/\.claude\/rules\//.test(file)) return ['rule file'];
  return /\/CLAUDE(\.local)?\.md$/.test(file) ? ['memory file', 'nested memory file'] : ['imported file'];
}

/** Every plugin that a skill, a command or an agent names. */
export function pluginsOf(sources: readonly string[]): Set<string> {
  const plugins = sources.flatMap((source) => {
    const { type, name } = splitSource(source);
    const part = type === 'skill' || type === 'command' || type === 'agent' ? pluginPart(name) : null;
    return part === null ? [] : [part.plugin];
  });
  return new Set(plugins);
}
