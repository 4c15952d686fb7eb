import { type Dirent, existsSync, readdirSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Env } from '../../base/env.js';
import { isRecord } from '../../base/json.js';
import type { ConfiguredSource } from '../../model/settings-entry.js';
import { userPlaces } from './places.js';
import { readSettingsFile } from './read-settings.js';

/** Levels of folders with command files. Claude Code reads deeper ones, too, but names them by the first. */
const MAX_DEPTH = 3;

/**
 * MCP servers, skills, commands and agents that files of the user and of these projects configure. Files that cannot be
 * read are left out: Claude Code does not use them either. Plugins and managed settings are not read.
 * @param projects folders; those that do not exist configure nothing, nor does a relative path, which a transcript may name
 */
export function readConfigured(env: Env, projects: readonly string[]): ConfiguredSource[] {
  const { global, user } = userPlaces(env, '/');
  const state = settingsOf(global);
  return [
    ...servers(state.mcpServers, null, false),
    ...filesOf(join(user, '..'), null),
    ...projects
      .filter((project) => isAbsolute(project) && existsSync(project))
      .flatMap((project) => [
        ...servers(recordAt(state.projects, project)?.mcpServers, project, false),
        ...servers(settingsOf(join(project, '.mcp.json')).mcpServers, project, true),
        ...filesOf(join(project, '.claude'), project),
      ]),
  ];
}

function settingsOf(file: string): Readonly<Record<string, unknown>> {
  const read = readSettingsFile(file);
  return read !== 'missing' && 'settings' in read ? read.settings : {};
}

function recordAt(value: unknown, key: string): Readonly<Record<string, unknown>> | null {
  const inner = isRecord(value) && Object.hasOwn(value, key) ? value[key] : null;
  return isRecord(inner) ? inner : null;
}

/** Requests name a server with `_` for everything but letters, digits, `_` and `-`. */
function servers(configured: unknown, project: string | null, isShared: boolean): ConfiguredSource[] {
  const names = isRecord(configured) ? Object.keys(configured) : [];
  return names.map((name) => ({ source: `mcp:${name.replace(/[^\w-]/g, '_')}`, name, project, isShared }));
}

/** @param folder `.claude` of the user or of a project */
function filesOf(folder: string, project: string | null): ConfiguredSource[] {
  const skills = entriesOf(join(folder, 'skills')).map(({ name }) => name);
  const commands = markdownFiles(join(folder, 'commands'), MAX_DEPTH);
  const agents = markdownFiles(join(folder, 'agents'), MAX_DEPTH).map((name) => name.split(':').at(-1) ?? name);
  const named = (type: 'skill' | 'agent') => (name: string) => ({
    source: `${type}:${name}`,
    name,
    project,
    isShared: false,
  });
  return [...[...skills, ...commands].map(named('skill')), ...agents.map(named('agent'))];
}

/** Names without `.md`, with folders before a colon: `team:bake`. */
function markdownFiles(folder: string, depth: number): string[] {
  return entriesOf(folder).flatMap((entry) => {
    if (entry.isDirectory()) {
      const inner = depth > 1 ? markdownFiles(join(folder, entry.name), depth - 1) : [];
      return inner.map((name) => `${entry.name}:${name}`);
    }
    return entry.name.endsWith('.md') ? [entry.name.slice(0, -'.md'.length)] : [];
  });
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
