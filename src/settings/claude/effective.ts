import { isAbsolute, join } from 'node:path';
import type { Env } from '../../base/env.js';
import { readSettingsOptions } from './command-line.js';
import { managedFiles, managedFolders, type Origin, type Scope, userPlaces, WINDOWS_FOLDER_IN_WSL } from './places.js';
import { envBlock, parseSettings, type ReadSettings, readSettingsFile } from './read-settings.js';

/** A variable that a setting puts into Claude Code's environment. */
export interface EnvSetting extends Origin {
  value: string;
}

/** What the settings of one session of Claude Code say, as far as it concerns its traffic. */
export interface ClaudeSettings {
  /** By name, as it is spelled; of several places the one that wins. */
  env: ReadonlyMap<string, EnvSetting>;
  /** The same as plain variables. They go over the environment of the process (seen in 2.0.30 and 2.1.332). */
  values: Readonly<Record<string, string>>;
  /** Every value of `ANTHROPIC_CUSTOM_HEADERS` in any place, also one that does not win: all may be secrets. */
  customHeaders: readonly string[];
  /** Where `proxyAuthHelper` is set: a command that makes the credentials for the company's proxy. */
  proxyAuthHelper: Origin | null;
  /** Places that could not be read, one sentence each. */
  problems: readonly string[];
}

export interface SettingsContext {
  /** Of the process that Claude Code would be. */
  env: Env;
  cwd: string;
  /** The command line that starts it. Default: none. */
  command?: readonly string[];
  platform?: NodeJS.Platform;
  /** Default: those of the platform. */
  managedFolders?: readonly string[];
}

/**
 * Reads all places that Claude Code takes settings from, and writes none: `.claude.json`, the user, the project, the project's
 * local ones, `--settings`, managed ones; later ones win, variable by variable. The order was tried with 2.0.30 and 2.1.332, one
 * variable in all places at once. 2.0.30 knows no drop-in files, ignores a file with a byte order mark, and takes the first of
 * several `--settings`.
 */
export function readClaudeSettings(context: SettingsContext): ClaudeSettings {
  const env = new Map<string, EnvSetting>();
  const customHeaders: string[] = [];
  const problems: string[] = [];
  let proxyAuthHelper: Origin | null = null;
  for (const { origin, read } of readPlaces(context)) {
    if (read === 'missing') continue;
    if ('problem' in read) {
      problems.push(`${read.problem}: Claude Code's settings there are left out.`);
      continue;
    }
    for (const [name, value] of envBlock(read.settings)) {
      env.set(name, { ...origin, value });
      if (name === 'ANTHROPIC_CUSTOM_HEADERS') customHeaders.push(value);
    }
    if (typeof read.settings.proxyAuthHelper === 'string') {
      proxyAuthHelper = read.settings.proxyAuthHelper === '' ? null : origin;
    }
  }
  const values = Object.fromEntries([...env].map(([name, { value }]) => [name, value]));
  return { env, values, customHeaders, proxyAuthHelper, problems };
}

/** `/etc/claude-code/managed-settings.json`, for a sentence: where a setting is. */
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
  const { settings, sources } = readSettingsOptions(command);
  const ofSource = (scope: Scope, file: string) =>
    sources === null || sources.includes(scope) ? [readPlace(scope, file)] : [];
  return [
    readPlace('global', files.global),
    ...ofSource('user', files.user),
    ...ofSource('project', files.project),
    ...ofSource('local', files.local),
    ...(settings === null ? [] : [commandLinePlace(settings, cwd)]),
    ...folders.flatMap(managedFiles).map((file) => readPlace('managed', file)),
    ...windowsPlaces(platform),
    readPlace('managed', files.remote),
  ];
}

function readPlace(scope: Scope, file: string): Place {
  return { origin: { scope, file }, read: readSettingsFile(file) };
}

/** JSON that begins with a brace; anything else names a file. */
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
