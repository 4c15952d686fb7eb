/** Attribution of one body took too long: the exchange is stored without it. */
export class AttributionOverBudgetError extends Error {
  override readonly name = 'AttributionOverBudgetError';
  readonly code = 'attribution-over-budget';

  /** @param budgetMs the time limit */
  constructor(readonly budgetMs: number) {
    super(`attribution of one request took longer than ${budgetMs} ms`);
  }
}

/** The time limit of one attribution, checked in every loop over captured text. */
export interface Budget {
  /**
   * @param characters about how many were processed since the last call
   * @throws {AttributionOverBudgetError} when the time is up
   */
  spend(characters: number): void;
  /** Checks the time between stages, whatever was processed. @throws {AttributionOverBudgetError} */
  check(): void;
}

/** Characters between two looks at the clock: far less than a millisecond of work. */
const CHARACTERS_PER_LOOK = 4096;
/** The cost of a step, however short its text. */
const CHARACTERS_PER_STEP = 16;

/** A budget that starts now. `now` counts milliseconds. */
export function createBudget(budgetMs: number, now: () => number = () => performance.now()): Budget {
  const end = now() + budgetMs;
  let processed = 0;
  const check = (): void => {
    if (now() > end) throw new AttributionOverBudgetError(budgetMs);
  };
  return {
    check,
    spend(characters) {
      processed += characters + CHARACTERS_PER_STEP;
      if (processed < CHARACTERS_PER_LOOK) return;
      processed = 0;
      check();
    },
  };
}

/** For small bodies, and for callers that can wait. */
export const UNLIMITED: Budget = { spend() {}, check() {} };
