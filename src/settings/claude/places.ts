import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Env } from '../../base/env.js';
import { homeOf } from '../../base/home.js';

/** Kinds of places of a setting, lowest precedence first. `command line` is the option `--settings`. */
export const SCOPES = ['global', 'user', 'project', 'local', 'command line', 'managed'] as const;
export type Scope = (typeof SCOPES)[number];

/** The place of a setting. */
export interface Origin {
  scope: Scope;
  /** Null where the settings themselves are on the command line. */
  file: string | null;
}

/** `global` is `.claude.json`, the state of Claude Code; the others are settings files. `remote` is what the server sent last. */
export interface UserPlaces {
  global: string;
  user: string;
  project: string;
  local: string;
  remote: string;
}

/** Where Claude Code keeps its files: settings of the user, transcripts. */
export function claudeFolder(env: Env): string {
  return env.CLAUDE_CONFIG_DIR || join(homeOf(env), '.claude');
}

/** Files of the user and of the project. `CLAUDE_CONFIG_DIR` moves those of the user, `.claude.json` included. */
export function userPlaces(env: Env, cwd: string): UserPlaces {
  const folder = claudeFolder(env);
  return {
    global: join(env.CLAUDE_CONFIG_DIR || homeOf(env), '.claude.json'),
    user: join(folder, 'settings.json'),
    project: join(cwd, '.claude', 'settings.json'),
    local: join(cwd, '.claude', 'settings.local.json'),
    remote: join(folder, 'remote-settings.json'),
  };
}

/** Folders of managed settings; later ones win. 2.0.30 reads `ProgramData`, newer versions `Program Files`. */
export function managedFolders(platform: NodeJS.Platform): string[] {
  if (platform === 'darwin') return ['/Library/Application Support/ClaudeCode'];
  if (platform === 'win32') return ['C:\\ProgramData\\ClaudeCode', 'C:\\Program Files\\ClaudeCode'];
  return ['/etc/claude-code'];
}

/** Managed settings of Windows in WSL; they count where one of them sets `wslInheritsWindowsSettings`. */
export const WINDOWS_FOLDER_IN_WSL = '/mnt/c/Program Files/ClaudeCode';

/** `managed-settings.json`, then the drop-in files in the order of their names; later ones win (seen in 2.1.332). */
export function managedFiles(folder: string): string[] {
  const dropIns = join(folder, 'managed-settings.d');
  return [join(folder, 'managed-settings.json'), ...listJson(dropIns).map((name) => join(dropIns, name))];
}

function listJson(folder: string): string[] {
  try {
    return existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => name.endsWith('.json') && !name.startsWith('.'))
          .sort()
      : [];
  } catch {
    // Claude Code cannot read it either.
    return [];
  }
}
