import { now } from '../../base/clock.js';
import type { RuleFailure } from '../../model/rule-failure.js';

/** A failing rule, as one connection reports it. `count`: failures since its last report. */
export type FailureReport = Omit<RuleFailure, 'server'>;

const REPORT_MS = 1_000;
/** Maximum number of characters of an error. */
const MAX_ERROR = 500;

/** Collects failures of rules: one that fails at every message is reported once a second. */
export class FailureReports {
  readonly #report: (failure: FailureReport) => boolean;
  readonly #unreported = new Map<string, FailureReport>();
  #timer: NodeJS.Timeout | null = null;

  /** @param report returns false if nobody listens now: the failure is kept for the next report */
  constructor(report: (failure: FailureReport) => boolean) {
    this.#report = report;
  }

  note(rule: string, error: string): void {
    const count = (this.#unreported.get(rule)?.count ?? 0) + 1;
    this.#unreported.set(rule, { rule, count, lastError: error.slice(0, MAX_ERROR), at: Math.round(now()) });
    this.#timer ??= setTimeout(() => this.flush(), REPORT_MS).unref();
  }

  flush(): void {
    this.#stop();
    for (const failure of this.#unreported.values()) {
      if (this.#report(failure)) this.#unreported.delete(failure.rule);
    }
  }

  /** Called when other rules act from now on. */
  clear(): void {
    this.#stop();
    this.#unreported.clear();
  }

  #stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
