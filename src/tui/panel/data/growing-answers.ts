import type { AnswerProgress, ProgressEvent } from '../../../model/progress.js';

/** An ended answer is kept until the stored one has been read and shown. */
const LINGER_MS = 3_000;

/** Answers that are still coming, as reported by the process that captures them. */
export interface GrowingAnswers {
  take(event: ProgressEvent): void;
  of(id: string): AnswerProgress | null;
  /** Changes whenever an answer has grown. */
  version(): number;
  /** @returns ends the subscription */
  onChange(listener: () => void): () => void;
  close(): void;
}

export function createGrowingAnswers(): GrowingAnswers {
  const answers = new Map<string, AnswerProgress>();
  const leaving = new Set<NodeJS.Timeout>();
  const listeners = new Set<() => void>();
  let version = 0;

  function leave(ids: readonly string[]): void {
    const timer = setTimeout(() => {
      leaving.delete(timer);
      for (const id of ids) answers.delete(id);
    }, LINGER_MS).unref();
    leaving.add(timer);
  }

  return {
    take(event) {
      if (event.type === 'ended') {
        leave(event.ids);
        return;
      }
      for (const answer of event.answers) answers.set(answer.id, answer);
      version += 1;
      for (const listener of listeners) listener();
    },
    of: (id) => answers.get(id) ?? null,
    version: () => version,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      for (const timer of leaving) clearTimeout(timer);
    },
  };
}
