import type { RuleSet } from '../rules/index.js';
import type { RulesFile } from '../runtime/rules/read-rules.js';
import type { ClaudeSettings } from '../settings/claude/index.js';
import type { Config } from '../settings/config.js';
import type { Paths } from '../settings/paths.js';
import type { ReplayedApi } from './replayed-api/replayed-api.js';
import type { ReplayedServers } from './replayed-servers.js';

/** A command to run, and how to run it. */
export interface Launch {
  command: readonly string[];
  /** Where the run is recorded. */
  paths: Paths;
  config: Config;
  settings: ClaudeSettings;
  /** Those of the configuration. */
  rules: RuleSet | null;
  /** The file of `--rules`, or null. */
  named: RulesFile | null;
  /** Null without `--replay`. */
  replay: ReplayedServers | null;
  /** Takes the place of the API; null without `--replay-api`. */
  apiReplay: ReplayedApi | null;
  /** Whether Python, curl and git trust our certificate, too. */
  withBundle: boolean;
}
