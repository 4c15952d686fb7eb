import { isAbsolute, join } from 'node:path';
import type { Env } from '../../base/env.js';
import type { JsonRecord } from '../../base/json.js';
import { readSettingsOptions } from './command-line.js';
import { managedFiles, managedFolders, type Origin, type Scope, userPlaces, WINDOWS_FOLDER_IN_WSL } from './places.js';
import { projectFolder } from './project.js';
import { envBlock, parseSettings, type ReadSettings, readSettingsFile } from './read-settings.js';

/** A variable that a setting puts into Claude Code's environment. */
export interface EnvSetting extends Origin {
  value: string;
}

/** Settings of one session of Claude Code that concern its traffic. */
export interface ClaudeSettings {
  /** By name, as spelled; the value of the place that wins. */
  env: ReadonlyMap<string, EnvSetting>;
  /** The settings as plain variables. They override the environment of the process (seen in 2.0.30 and 2.1.332). */
  values: Readonly<Record<string, string>>;
  /** Every value of `ANTHROPIC_CUSTOM_HEADERS`, also of places that do not win: all may be secrets. */
  customHeaders: readonly string[];
  /** Where `proxyAuthHelper` is set: a command that makes credentials for the company's proxy. */
  proxyAuthHelper: Origin | null;
  /** All settings of each place, lowest precedence first, for those that ask for other keys. */
  places: readonly PlacedSettings[];
  /** Places that could not be read, one sentence each. */
  problems: readonly string[];
}

/** What one place says. */
export interface PlacedSettings {
  origin: Origin;
  settings: JsonRecord;
}

export interface SettingsContext {
  /** Environment that Claude Code is started with. */
  env: Env;
  cwd: string;
  /** The command line that starts it. */
  command?: readonly string[];
  platform?: NodeJS.Platform;
  managedFolders?: readonly string[];
}

/**
 * Reads all places from which Claude Code takes settings: `.claude.json`, the user's, the project's, the project's local ones,
 * the local ones of the repository's root (not read by 2.0.30 and 2.1.197), `--settings`, managed ones. Later ones win, variable
 * by variable. The order was tried with 2.0.30 and 2.1.332, with one variable in all places at once. 2.0.30 has no drop-in files,
 * ignores a file with a byte order mark, and takes the first of several `--settings`.
 */
export function readClaudeSettings(context: SettingsContext): ClaudeSettings {
  const env = new Map<string, EnvSetting>();
  const customHeaders: string[] = [];
  const places: PlacedSettings[] = [];
  const problems: string[] = [];
  let proxyAuthHelper: Origin | null = null;
  for (const { origin, read } of readPlaces(context)) {
    if (read === 'missing') continue;
    if ('problem' in read) {
      problems.push(`${read.problem}: Claude Code's settings there are not read.`);
      continue;
    }
    places.push({ origin, settings: read.settings });
    for (const [name, value] of envBlock(read.settings)) {
      env.set(name, { ...origin, value });
      if (name === 'ANTHROPIC_CUSTOM_HEADERS') customHeaders.push(value);
    }
    if (typeof read.settings.proxyAuthHelper === 'string') {
      proxyAuthHelper = read.settings.proxyAuthHelper === '' ? null : origin;
    }
  }
  const values = Object.fromEntries([...env].map(([name, { value }]) => [name, value]));
  return { env, values, customHeaders, proxyAuthHelper, places, problems };
}

/** Where a setting is, as part of a sentence: `/etc/claude-code/managed-settings.json`. */
export function describeOrigin({ scope, file }: Origin): string {
  return file ?? (scope === 'command line' ? '--settings on the command line' : scope);
}

interface Place {
  origin: Origin;
  read: ReadSettings;
}

/** Lowest precedence first. */
function readPlaces({
  env,
  cwd,
  command = [],
  platform = process.platform,
  managedFolders: folders = managedFolders(platform),
}: SettingsContext): Place[] {
  const files = userPlaces(env, cwd);
  const project = projectFolder(cwd);
  const { settings, sources } = readSettingsOptions(command);
  const ofSource = (scope: Scope, file: string) =>
    sources === null || sources.includes(scope) ? [readPlace(scope, file)] : [];
  return [
    readPlace('global', files.global),
    ...ofSource('user', files.user),
    ...ofSource('project', files.project),
    ...ofSource('local', files.local),
    ...(project === cwd ? [] : ofSource('local', userPlaces(env, project).local)),
    ...(settings === null ? [] : [commandLinePlace(settings, cwd)]),
    ...folders.flatMap(managedFiles).map((file) => readPlace('managed', file)),
    ...windowsPlaces(platform),
    readPlace('managed', files.remote),
  ];
}

function readPlace(scope: Scope, file: string): Place {
  return { origin: { scope, file }, read: readSettingsFile(file) };
}

/** A value that begins with a brace is JSON; any other names a file. */
function commandLinePlace(value: string, cwd: string): Place {
  const scope = 'command line';
  if (value.trim().startsWith('{')) return { origin: { scope, file: null }, read: parseSettings(value, '--settings') };
  return readPlace(scope, isAbsolute(value) ? value : join(cwd, value));
}

function windowsPlaces(platform: NodeJS.Platform): Place[] {
  if (platform !== 'linux') return [];
  const places = managedFiles(WINDOWS_FOLDER_IN_WSL).map((file) => readPlace('managed', file));
  const inherits = places.some(
    ({ read }) => read !== 'missing' && 'settings' in read && read.settings.wslInheritsWindowsSettings === true,
  );
  return inherits ? places : [];
}
