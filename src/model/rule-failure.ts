/** How often a rule failed in a run, and its last failure: its conditions could not be evaluated, or an action had no effect. */
export interface RuleFailure {
  rule: string;
  /** The server with which it failed last. */
  server: string;
  count: number;
  lastError: string;
  /** Unix ms of the last failure. */
  at: number;
}
