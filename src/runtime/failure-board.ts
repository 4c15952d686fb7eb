import { now } from '../base/clock.js';
import type { RuleFailure } from '../model/rule-failure.js';

/** The failures of the rules that act now, from all connections of a run. */
export interface FailureBoard {
  /** @param failure its `count` covers the time since the last report */
  take(failure: RuleFailure): void;
  /** Other rules act from now on. */
  clear(): void;
  /** One for each rule that failed, the latest first. */
  failures(): readonly RuleFailure[];
}

export function createFailureBoard(): FailureBoard {
  const byRule = new Map<string, RuleFailure>();
  let clearedAt = 0;
  return {
    take(failure) {
      // It was on its way when the rules changed.
      if (failure.at < clearedAt) return;
      const before = byRule.get(failure.rule);
      const last = before !== undefined && before.at > failure.at ? before : failure;
      byRule.set(failure.rule, { ...last, count: failure.count + (before?.count ?? 0) });
    },
    clear() {
      byRule.clear();
      clearedAt = Math.floor(now());
    },
    failures: () => [...byRule.values()].sort((a, b) => b.at - a.at),
  };
}
