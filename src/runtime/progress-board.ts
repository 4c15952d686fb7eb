import type { RequestId } from '../model/ids.js';
import type { AnswerProgress, ProgressEvent } from '../model/progress.js';
import type { RequestRow } from '../store/index.js';

/** An answer that is never stored is never told to have ended: when there are more, the oldest are forgotten. */
const MOST_KEPT = 256;

type Listener = (event: ProgressEvent) => void;

/** What is known of answers that are still coming, for all who follow them. */
export interface ProgressBoard {
  grown(answers: readonly AnswerProgress[]): void;
  committed(rows: readonly RequestRow[]): void;
  /** @returns ends the subscription */
  subscribe(listener: Listener): () => void;
}

/** @param watch whether anybody follows */
export function createProgressBoard(watch: (watched: boolean) => void): ProgressBoard {
  const listeners = new Set<Listener>();
  const latest = new Map<RequestId, AnswerProgress>();

  function tell(event: ProgressEvent): void {
    for (const listener of listeners) listener(event);
  }

  function end(ids: readonly RequestId[]): void {
    if (ids.length === 0) return;
    for (const id of ids) latest.delete(id);
    tell({ type: 'ended', ids });
  }

  return {
    grown(answers) {
      // Told before the last listener went.
      if (listeners.size === 0) return;
      for (const answer of answers) latest.set(answer.id, answer);
      tell({ type: 'grown', answers });
      end([...latest.keys()].slice(0, -MOST_KEPT));
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
