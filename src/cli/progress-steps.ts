import { createProgress, type Progress } from '../text/output/progress.js';

/** A progress line for each step of some work, one after another. */
export function createSteps() {
  let current: { step: string; progress: Progress } | null = null;
  /** Removes the line. The next step has a new one, even if it is of the same kind. */
  const end = (): void => {
    current?.progress.end();
    current = null;
  };
  return {
    show(step: string, done: number, total: number): void {
      if (current?.step !== step) {
        end();
        current = { step, progress: createProgress(step, total) };
      }
      current.progress.show(done);
    },
    end,
  };
}
