/** How often a rule failed in a run, and the last time: its conditions could not be evaluated, or an action had no effect. */
export interface RuleFailure {
  rule: string;
  /** Where it failed last. */
  server: string;
  count: number;
  lastError: string;
  /** Unix ms, of the last one. */
  at: number;
}
