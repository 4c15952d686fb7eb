import { join } from 'node:path';
import envPaths from 'env-paths';
import type { Env } from '../base/env.js';

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
 */
export function resolvePaths(env: Env): Paths {
  const platform = envPaths('claude-trace', { suffix: '' });
  const dataDir = env.CLAUDE_TRACE_DATA_DIR || platform.data;
  return {
    dataDir,
    database: join(dataDir, 'trace.db'),
    redactionKey: join(dataDir, 'redaction.key'),
    apiToken: join(dataDir, 'api.token'),
    panelShares: join(dataDir, 'panel.json'),
    tapes: join(dataDir, 'tapes'),
    settingsBackups: join(dataDir, 'settings-backups'),
    configFile: env.CLAUDE_TRACE_CONFIG || join(platform.config, 'config.json'),
  };
}
