import { createProgress, type Progress } from '../text/output/progress.js';

/** A progress line for each step of some work, one after another. */
export function createSteps() {
  let current: { step: string; progress: Progress } | null = null;
  return {
    show(step: string, done: number, total: number): void {
      if (current?.step !== step) {
        current?.progress.end();
        current = { step, progress: createProgress(step, total) };
      }
      current.progress.show(done);
    },
    /** Removes the line. */
    end: (): void => current?.progress.end(),
  };
}
