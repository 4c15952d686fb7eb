import { readdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Env } from '../../base/env.js';
import { isRecord, type JsonRecord, recordsOf } from '../../base/json.js';
import { claudeFolder, type PlacedSettings, readSettingsFile } from '../../settings/claude/index.js';
import { type Candidate, candidatesOf } from './entries.js';

/** A plugin that is switched on. */
interface Plugin {
  name: string;
  /** Its files. */
  root: string;
  /** Where it keeps what it writes. */
  data: string;
  /** Its entry in the marketplace, besides its own manifest. */
  listed: JsonRecord;
}

/**
 * Servers of the plugins that `enabledPlugins` switches on, and of those of `--plugin-dir`, named `plugin:<plugin>:<server>`.
 * They are in `.mcp.json`, in the manifest, or in files that it names (seen in 2.0.30 to 2.1.332).
 */
export function pluginServers(
  places: { allowing: readonly PlacedSettings[]; restricting: readonly PlacedSettings[] },
  { env, cwd, folders }: { env: Env; cwd: string; folders: readonly string[] },
): Candidate[] {
  const store = join(claudeFolder(env), 'plugins');
  return [
    ...enabledPlugins(places).flatMap((id) => installedPlugin(store, id, cwd)),
    ...folders.flatMap((folder) => pluginsIn(isAbsolute(folder) ? folder : join(cwd, folder), store)),
  ].flatMap((plugin) => serversOf(plugin, env));
}

/** Ids such as `kit@market`; the last place that says something of a plugin wins. */
function enabledPlugins({ allowing, restricting }: Parameters<typeof pluginServers>[0]): string[] {
  const stated = (places: readonly PlacedSettings[]) =>
    places.flatMap(({ settings }) =>
      isRecord(settings.enabledPlugins) ? Object.entries(settings.enabledPlugins) : [],
    );
  const enabled = new Map(stated(allowing));
  for (const [id, value] of stated(restricting)) if (!isEnabled(value)) enabled.delete(id);
  return [...enabled].filter(([, value]) => isEnabled(value)).map(([id]) => id);
}

function isEnabled(value: unknown): boolean {
  return value === true || Array.isArray(value);
}

/**
 * A plugin of a marketplace that is a folder stays there; one of any other was copied when it was installed (2.1.332). 2.0.30
 * keeps no copies.
 */
function installedPlugin(store: string, id: string, cwd: string): Plugin[] {
  const [name = '', market = ''] = splitAtLast(id, '@');
  const known = recordAt(readJson(join(store, 'known_marketplaces.json')), market);
  const home = typeof known?.installLocation === 'string' ? known.installLocation : null;
  const index = home === null ? {} : readJson(join(home, '.claude-plugin', 'marketplace.json'));
  const listed = recordsOf(index.plugins).find((each) => each.name === name) ?? {};
  const local = home !== null && typeof listed.source === 'string' ? join(home, listed.source) : null;
  const copy = copyOf(readJson(join(store, 'installed_plugins.json')), id, cwd);
  const isFolder = recordAt(known, 'source')?.source === 'directory';
  const root = (isFolder ? local : null) ?? copy ?? local;
  const data = join(store, 'data', `${name}-${market}`);
  return root === null ? [] : [{ name, root, data, listed }];
}

/** Folder of an installed plugin. Of several installations, that for this project comes first. */
function copyOf(installed: JsonRecord, id: string, cwd: string): string | null {
  const plugins = isRecord(installed.plugins) ? installed.plugins : {};
  const own = Object.hasOwn(plugins, id) ? plugins[id] : null;
  const copies = isRecord(own) ? [own] : recordsOf(own);
  const usable = copies.filter(({ projectPath }) => projectPath === undefined || projectPath === cwd);
  const path = (usable.find(({ projectPath }) => projectPath === cwd) ?? usable[0])?.installPath;
  return typeof path === 'string' ? path : null;
}

/** A folder with a plugin, or with several (2.1.332). */
function pluginsIn(folder: string, store: string): Plugin[] {
  const own = pluginIn(folder, store);
  return own === null ? foldersIn(folder).flatMap((each) => pluginIn(each, store) ?? []) : [own];
}

function pluginIn(root: string, store: string): Plugin | null {
  const manifest = readSettingsFile(join(root, '.claude-plugin', 'plugin.json'));
  const has = (file: string) => readSettingsFile(join(root, file)) !== 'missing';
  if (manifest === 'missing' && !has('.mcp.json')) return null;
  const stated = manifest !== 'missing' && 'settings' in manifest ? manifest.settings.name : null;
  const name = typeof stated === 'string' ? stated : (root.split(/[\\/]/).findLast((part) => part !== '') ?? root);
  return { name, root, data: join(store, 'data', `${name}-inline`), listed: {} };
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(folder, name));
  } catch {
    return [];
  }
}

function serversOf({ name, root, data, listed }: Plugin, env: Env): Candidate[] {
  const manifest = readJson(join(root, '.claude-plugin', 'plugin.json'));
  const own = { CLAUDE_PLUGIN_ROOT: root, CLAUDE_PLUGIN_DATA: data };
  const groups = [listed.mcpServers, ...listOf(manifest.mcpServers), './.mcp.json'].flatMap((each) =>
    typeof each === 'string' ? [serversIn(readJson(join(root, each)))] : [each],
  );
  const found = groups.flatMap((group) => candidatesOf(withPaths(group, own), 'plugin', { ...env, ...own }));
  const byName = new Map(found.map((server) => [server.name, server]));
  return [...byName.values()].map((server) => ({ ...server, name: `plugin:${name}:${server.name}` }));
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** With or without `mcpServers` around them. */
function serversIn(file: JsonRecord): unknown {
  return file.mcpServers ?? file;
}

/** Entries that work outside of the plugin: with its paths in place of the variables, and these in the environment. */
function withPaths(servers: unknown, own: Readonly<Record<string, string>>): unknown {
  if (!isRecord(servers)) return servers;
  return Object.fromEntries(
    Object.entries(servers).map(([name, entry]) => {
      if (!isRecord(entry)) return [name, entry];
      const written = replaceIn(entry, own);
      const isRemote = entry.url !== undefined;
      return [
        name,
        isRemote ? written : { ...written, env: { ...own, ...(isRecord(written.env) ? written.env : {}) } },
      ];
    }),
  );
}

function replaceIn(entry: JsonRecord, own: Readonly<Record<string, string>>): Record<string, unknown> {
  const replace = (text: string): string =>
    Object.entries(own).reduce((all, [name, value]) => all.replaceAll(`\${${name}}`, () => value), text);
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return replace(value);
    if (Array.isArray(value)) return value.map((each) => (typeof each === 'string' ? replace(each) : each));
    return value;
  };
  return Object.fromEntries(
    Object.entries(entry).map(([key, value]) => [
      key,
      isRecord(value) ? Object.fromEntries(Object.entries(value).map(([k, each]) => [k, walk(each)])) : walk(value),
    ]),
  );
}

function readJson(file: string): JsonRecord {
  const read = readSettingsFile(file);
  return read !== 'missing' && 'settings' in read ? read.settings : {};
}

function recordAt(value: unknown, key: string): JsonRecord | null {
  const inner = isRecord(value) && Object.hasOwn(value, key) ? value[key] : null;
  return isRecord(inner) ? inner : null;
}

function splitAtLast(text: string, mark: string): [string, string] {
  const at = text.lastIndexOf(mark);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
