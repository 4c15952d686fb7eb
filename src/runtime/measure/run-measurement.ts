import type { MeasurementPlan, PlannedCount } from '../../history/measurement-plan.js';
import type { Store } from '../../store/index.js';
import { CountError } from './count-error.js';
import { CONCURRENCY, type TokenCounter } from './token-counter.js';

/** The result of a measurement. */
export interface MeasurementResult {
  /** Number of requests that the API counted. */
  counted: number;
  /** Number of pieces of content whose tokens are now known. */
  measured: number;
  /** Number of requests that the API did not count, and the reason of the first one. The next measurement asks for them again. */
  refused: number;
  firstRefusal: CountError | null;
  /** Why it ended early, or null. The counts so far are stored. */
  stopped: CountError | 'interrupted' | null;
}

export interface MeasurementOptions {
  plan: MeasurementPlan;
  counter: TokenCounter;
  store: Store;
  signal: AbortSignal;
  /** Called at the beginning and after each answer with the number of requests that are done. */
  onProgress?: (done: number) => void;
}

/**
 * Asks the API for the planned counts, several at once. Each answer is stored as it comes, with the measurements that it completes, so
 * an interrupted measurement continues where it stopped.
 *
 * @throws StoreError
 */
export async function runMeasurement({
  plan,
  counter,
  store,
  signal,
  onProgress = () => {},
}: MeasurementOptions): Promise<MeasurementResult> {
  const result: MeasurementResult = { counted: 0, measured: 0, refused: 0, firstRefusal: null, stopped: null };
  const end = new AbortController();
  const either = AbortSignal.any([signal, end.signal]);
  const unknownModels = new Set<string>();
  for (const [model, found] of plan.known) {
    store.saveMeasurements(model, found);
    result.measured += found.size;
  }

  async function ask(count: PlannedCount): Promise<void> {
    const tokens = await counter.count(count.model, count.request, either);
    const found = plan.answer(count, tokens);
    store.saveTokenCount({ model: count.model, request: count.id, tokens, at: Date.now() }, found);
    result.counted += 1;
    result.measured += found.size;
  }

  let next = 0;
  async function work(): Promise<void> {
    for (let count = plan.counts[next++]; count !== undefined && !either.aborted; count = plan.counts[next++]) {
      try {
        if (unknownModels.has(count.model)) result.refused += 1;
        else await ask(count);
      } catch (error) {
        if (either.aborted) return;
        if (!(error instanceof CountError)) {
          end.abort();
          throw error;
        }
        if (error.code !== 'refused' && error.code !== 'no_model') {
          result.stopped = error;
          end.abort();
          return;
        }
        if (error.code === 'no_model') unknownModels.add(count.model);
        result.refused += 1;
        result.firstRefusal ??= error;
      }
      onProgress(result.counted + result.refused);
    }
  }

  // The first answer may take long, or be a request to wait.
  onProgress(0);
  const workers = Array.from({ length: CONCURRENCY }, work);
  const ended = await Promise.allSettled(workers);
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  if (signal.aborted) result.stopped ??= 'interrupted';
  return result;
}
