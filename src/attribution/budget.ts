/** Attribution of one body took longer than it may: the exchange is stored without. */
export class AttributionOverBudgetError extends Error {
  override readonly name = 'AttributionOverBudgetError';
  readonly code = 'attribution-over-budget';

  /** @param budgetMs the time that was given, in milliseconds */
  constructor(readonly budgetMs: number) {
    super(`attribution of one request took longer than ${budgetMs} ms`);
  }
}

/** The time that attribution of one body may take. It is asked in every loop over captured text. */
export interface Budget {
  /**
   * @param characters about how many have been worked on since the last call
   * @throws {AttributionOverBudgetError} when the time is up
   */
  spend(characters: number): void;
  /** The same, whatever has been worked on: between stages. */
  check(): void;
}

/** Work between two looks at the clock: far less than a millisecond of anything that attribution does. */
const CHARACTERS_PER_LOOK = 4096;
/** A step costs something, too, however short its text. */
const CHARACTERS_PER_STEP = 16;

/** A budget that starts now. `now` counts milliseconds. */
export function createBudget(budgetMs: number, now: () => number = () => performance.now()): Budget {
  const end = now() + budgetMs;
  let worked = 0;
  const check = (): void => {
    if (now() > end) throw new AttributionOverBudgetError(budgetMs);
  };
  return {
    check,
    spend(characters) {
      worked += characters + CHARACTERS_PER_STEP;
      if (worked < CHARACTERS_PER_LOOK) return;
      worked = 0;
      check();
    },
  };
}

/** For bodies that are known to be small, and for callers that can wait. */
export const UNLIMITED: Budget = { spend() {}, check() {} };
