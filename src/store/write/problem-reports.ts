import type { StoreError, StoreErrorCode } from '../errors.js';

/** Something the user must know. */
export type StoreProblem =
  /** Memory for waiting records ran out. */
  | { code: 'overflow' }
  /** Writing works again. */
  | { code: 'recovered'; lost: number }
  | { code: StoreErrorCode; error: StoreError };

/** Problems that concern single records or moments, so that nothing has to recover from them. */
const MOMENTARY: ReadonlySet<StoreProblem['code']> = new Set(['rejected', 'unattributed', 'replaced']);

/** Reports each problem once until writing works again. */
export function createProblemReports(onProblem: (problem: StoreProblem) => void) {
  const reported = new Set<StoreProblem['code']>();

  function report(problem: StoreProblem): void {
    if (reported.has(problem.code)) return;
    reported.add(problem.code);
    onProblem(problem);
  }

  return {
    failed: (error: StoreError) => report({ code: error.code, error }),
    overflowed: () => report({ code: 'overflow' }),
    /** Writing works. @param lost records up to now */
    recovered(lost: number) {
      const failing = [...reported].filter((code) => !MOMENTARY.has(code));
      if (failing.length === 0) return;
      for (const code of failing) reported.delete(code);
      onProblem({ code: 'recovered', lost });
    },
  };
}
