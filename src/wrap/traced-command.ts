import type { Env } from '../base/env.js';
import type { TraceSession } from '../runtime/trace-session.js';
import type { Config } from '../settings/config.js';
import type { Paths } from '../settings/paths.js';
import type { SessionReport } from './session-report.js';

/** A command whose trace has begun. */
export interface TracedCommand {
  command: readonly string[];
  /** Of the command. */
  env: Env;
  session: TraceSession;
  paths: Paths;
  config: Config;
  report: SessionReport;
  /** A signal came when the command had ended. */
  onLateSignal(signal: NodeJS.Signals): void;
}
