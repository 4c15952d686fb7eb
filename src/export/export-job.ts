import { setImmediate } from 'node:timers/promises';
import type { Reader } from '../store/index.js';
import { type Reached, requestsToExport, type Selection, type Step } from './walk.js';

/** One export under way: the requests to come, and how far it has got. */
export interface ExportJob {
  /** Ends early after `stop`. */
  steps(): AsyncGenerator<Step>;
  /** Counts requests that were delivered, and everything up to `reached` with them. */
  delivered(requests: number, reached: Reached): void;
  /** Counts a request of which something could not be read, once it is delivered. */
  incomplete(): void;
  /** The user interrupts. */
  stop(): void;
  readonly outcome: Readonly<Outcome>;
}

export interface Outcome {
  requests: number;
  /** How many of them could not be read in full. */
  incomplete: number;
  reached: Reached;
  stopped: boolean;
}

/** @param onProgress called with the number of delivered requests */
export function startExport(
  reader: Reader,
  selection: Selection,
  onProgress: (requests: number) => void = () => {},
): ExportJob {
  const { after, leftOut } = selection;
  const outcome: Outcome = { requests: 0, incomplete: 0, reached: { after, time: null, leftOut }, stopped: false };
  let incomplete = 0;
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
      outcome.incomplete += incomplete;
      incomplete = 0;
      outcome.reached = reached;
      onProgress(outcome.requests);
    },
    incomplete() {
      incomplete++;
    },
    stop() {
      outcome.stopped = true;
    },
    outcome,
  };
}
