import { setImmediate } from 'node:timers/promises';
import type { Reader } from '../store/index.js';
import { type Reached, requestsToExport, type Selection, type Step } from './walk.js';

/** One export under way: what is to come, and what has been delivered. */
export interface ExportRun {
  /** Ends early when the user interrupts. */
  steps(): AsyncGenerator<Step>;
  /** So many requests more are out of our hands, and all up to there is. */
  delivered(requests: number, reached: Reached): void;
  /** A request of which something could not be read. */
  incomplete(): void;
  /** The user interrupts. */
  stop(): void;
  readonly outcome: Readonly<Outcome>;
}

export interface Outcome {
  requests: number;
  /** Of these something could not be read. */
  incomplete: number;
  reached: Reached;
  stopped: boolean;
}

/** @param onProgress told how many requests are delivered */
export function startRun(reader: Reader, selection: Selection, onProgress: (requests: number) => void): ExportRun {
  const { after, leftOut } = selection;
  const outcome: Outcome = { requests: 0, incomplete: 0, reached: { after, time: null, leftOut }, stopped: false };
  return {
    async *steps() {
      for (const step of requestsToExport(reader, selection)) {
        await setImmediate(); // lets signals in: writing to a pipe or a file may never wait
        if (outcome.stopped) return;
        yield step;
      }
    },
    delivered(requests, reached) {
      outcome.requests += requests;
      outcome.reached = reached;
      onProgress(outcome.requests);
    },
    incomplete() {
      outcome.incomplete++;
    },
    stop() {
      outcome.stopped = true;
    },
    outcome,
  };
}
