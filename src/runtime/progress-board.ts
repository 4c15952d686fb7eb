import type { RequestId } from '../model/ids.js';
import type { AnswerProgress, ProgressEvent } from '../model/progress.js';
import type { RequestSummary } from '../model/request.js';

/** Answers that are never stored never end: when there are more, the oldest are forgotten. */
const MAX_ANSWERS = 256;

type Listener = (event: ProgressEvent) => void;

/** The answers that are still coming, for everything that follows them. */
export interface ProgressBoard {
  grown(answers: readonly AnswerProgress[]): void;
  committed(rows: readonly RequestSummary[]): void;
  /** @returns ends the subscription */
  subscribe(listener: Listener): () => void;
}

/** @param watch called when the first follower comes and when the last one leaves */
export function createProgressBoard(watch: (watched: boolean) => void): ProgressBoard {
  const listeners = new Set<Listener>();
  const latest = new Map<RequestId, AnswerProgress>();

  function publish(event: ProgressEvent): void {
    for (const listener of listeners) listener(event);
  }

  function end(ids: readonly RequestId[]): void {
    if (ids.length === 0) return;
    for (const id of ids) latest.delete(id);
    publish({ type: 'ended', ids });
  }

  return {
    grown(answers) {
      // Was sent before the last listener left.
      if (listeners.size === 0) return;
      for (const answer of answers) latest.set(answer.id, answer);
      publish({ type: 'grown', answers });
      end([...latest.keys()].slice(0, -MAX_ANSWERS));
    },
    committed(rows) {
      const ended = new Set(rows.filter(({ state }) => state !== 'open').map(({ id }) => id));
      end([...latest.keys()].filter((id) => ended.has(id)));
    },
    subscribe(listener) {
      listeners.add(listener);
      if (listeners.size === 1) watch(true);
      if (latest.size > 0) listener({ type: 'grown', answers: [...latest.values()] });
      return () => {
        if (!listeners.delete(listener) || listeners.size > 0) return;
        latest.clear();
        watch(false);
      };
    },
  };
}
