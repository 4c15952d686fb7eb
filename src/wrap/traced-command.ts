import type { Env } from '../base/env.js';
import type { TraceSession } from '../runtime/trace-session.js';
import type { Config } from '../settings/config.js';
import type { Paths } from '../settings/paths.js';
import type { SessionReport } from './session-report.js';

/** A command to run while its trace is running. */
export interface TracedCommand {
  command: readonly string[];
  /** The environment of the command. */
  env: Env;
  session: TraceSession;
  paths: Paths;
  config: Config;
  report: SessionReport;
  /** A signal came after the command had ended. */
  onLateSignal(signal: NodeJS.Signals): void;
}
