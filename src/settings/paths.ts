import { join } from 'node:path';
import type { Env } from '../base/env.js';
import { homeOf } from '../base/home.js';

/** Where claude-trace keeps its files; see docs/configuration.md. */
export interface Paths {
  dataDir: string;
  database: string;
  /** Key of the hashes that replace secrets; 0600. */
  redactionKey: string;
  /** Token of the HTTP API; 0600. */
  apiToken: string;
  /** The size of the panel that was chosen; 0600. */
  panelShares: string;
  configFile: string;
  /** The library of tapes; 0700. */
  tapes: string;
  /** Claude Code's settings files before `suggest --apply` changed them; 0700. */
  settingsBackups: string;
}

/**
 * The platform's own places (XDG on Linux), unless `CLAUDE_TRACE_DATA_DIR` or `CLAUDE_TRACE_CONFIG` name others.
 * An empty variable counts as unset, as in the XDG base directory specification.
 * @throws UserError where the home folder is needed and not known
 */
export function resolvePaths(env: Env): Paths {
  const dataDir = env.CLAUDE_TRACE_DATA_DIR || dataFolder(env);
  return {
    dataDir,
    database: join(dataDir, 'trace.db'),
    redactionKey: join(dataDir, 'redaction.key'),
    apiToken: join(dataDir, 'api.token'),
    panelShares: join(dataDir, 'panel.json'),
    tapes: join(dataDir, 'tapes'),
    settingsBackups: join(dataDir, 'settings-backups'),
    configFile: env.CLAUDE_TRACE_CONFIG || join(configFolder(env), 'config.json'),
  };
}

const NAME = 'claude-trace';

// The package env-paths has the same folders, but fails when it is loaded if the home folder is not known.

function dataFolder(env: Env): string {
  if (process.platform === 'darwin') return join(homeOf(env), 'Library', 'Application Support', NAME);
  if (process.platform === 'win32') {
    return join(env.LOCALAPPDATA || join(homeOf(env), 'AppData', 'Local'), NAME, 'Data');
  }
  return join(env.XDG_DATA_HOME || join(homeOf(env), '.local', 'share'), NAME);
}

function configFolder(env: Env): string {
  if (process.platform === 'darwin') return join(homeOf(env), 'Library', 'Preferences', NAME);
  if (process.platform === 'win32') {
    return join(env.APPDATA || join(homeOf(env), 'AppData', 'Roaming'), NAME, 'Config');
  }
  return join(env.XDG_CONFIG_HOME || join(homeOf(env), '.config'), NAME);
}
