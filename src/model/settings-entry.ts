import type { Source } from './source.js';

/** One value to write into a settings file of Claude Code. */
export interface SettingsEntry {
  /** Keys from the top of the file: `['permissions', 'deny']`. */
  path: readonly string[];
  value: unknown;
  /** The value is one item of the list at `path`; otherwise it is the value at `path`. */
  isItem: boolean;
}

/** One of Claude Code's settings files: the user's, or the local one of a project. */
export interface SettingsPlace {
  /** Folder of the project; null for the user's file, which holds for all projects. */
  project: string | null;
}

/** A server, skill or agent, and the place that configures it. */
export interface ConfiguredSource extends SettingsPlace {
  source: Source;
  /** As it is spelled there. */
  name: string;
  /** It is in `.mcp.json`, which a project shares. */
  isShared: boolean;
}

/** Entries as the JSON object that holds nothing else. */
export function settingsObject(entries: readonly SettingsEntry[]): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const { path, value, isItem } of entries) {
    let parent = root;
    for (const key of path.slice(0, -1)) {
      const inner = ownRecord(parent, key);
      parent[key] = inner;
      parent = inner;
    }
    const last = path.at(-1) ?? '';
    const list = Object.hasOwn(parent, last) ? parent[last] : [];
    parent[last] = isItem ? [...(Array.isArray(list) ? list : []), value] : value;
  }
  return root;
}

function ownRecord(parent: Record<string, unknown>, key: string): Record<string, unknown> {
  const inner = Object.hasOwn(parent, key) ? parent[key] : {};
  return typeof inner === 'object' && inner !== null ? { ...inner } : {};
}
