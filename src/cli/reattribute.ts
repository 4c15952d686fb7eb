import type { RequestId } from '../model/ids.js';
import { type Reader, type ReplayPlan, type Store, type StoredExchange, StoreError } from '../store/index.js';
import type { Attributor, FinishedResponse } from './attributor.js';
import { storedMessage } from './stored-message.js';

/** What attributing again has changed. */
export interface Reattributed {
  /** Requests of kind `messages`. */
  attributed: number;
  leftAlone: number;
  /** Left as they were, since what is stored of them is damaged or the engine failed. */
  failed: number;
  /** Of those attributed again, US dollars; null when no price is known. */
  costBefore: number | null;
  costAfter: number | null;
}

/**
 * Attributes stored exchanges again, in the order of the plan. Each is written in a transaction of its own: it can be ended
 * at any time, others can write meanwhile, and going on later is starting again.
 *
 * @param onProgress called after each exchange with how many are done
 */
export function reattribute(
  reader: Reader,
  store: Store,
  attributor: Attributor,
  plan: ReplayPlan,
  onProgress: (done: number) => void,
): Reattributed {
  const result: Reattributed = { attributed: 0, leftAlone: plan.others, failed: 0, costBefore: null, costAfter: null };

  function replay(id: RequestId): void {
    const exchange = reader.exchange(id);
    if (exchange === null) return; // retention has freed it meanwhile
    const attribution = attributor.attribute(exchange, finishedResponse(exchange));
    if (attribution === null) {
      if (exchange.kind === 'messages') result.failed += 1;
    } else if (store.replaceAttribution(id, attribution)) {
      result.attributed += 1;
      result.costBefore = add(result.costBefore, exchange.costUsd);
      result.costAfter = add(add(result.costAfter, attribution.inputCostUsd), attribution.outputCostUsd);
    }
  }

  for (const [index, id] of plan.ids.entries()) {
    try {
      replay(id);
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'damaged') throw error;
      result.failed += 1;
    }
    onProgress(index + 1);
  }
  if (result.attributed > 0) store.settleSources();
  return result;
}

/** As the attributor takes it: with its message, which is stored as bytes only. */
function finishedResponse({ response }: StoredExchange): FinishedResponse {
  const { bytes, redacted } = response.body;
  return { ...response, message: storedMessage(bytes, response.headers, redacted) };
}

function add(sum: number | null, value: number | null): number | null {
  return value === null ? sum : (sum ?? 0) + value;
}
