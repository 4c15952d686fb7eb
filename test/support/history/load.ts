import type { Attributor } from '../../../src/history/attributor.js';
import type { RunId } from '../../../src/model/ids.js';
import type { Store } from '../../../src/store/index.js';
import type { HistoryExchange } from './exchange.js';

export interface LoadOptions {
  /** Exchanges in one transaction. Default: 16. */
  batch?: number;
  /** Replaces the history's own attribution: some 20 ms for each request. */
  attributor?: Attributor;
}

/** Writes a history as the recorder does. @returns how many exchanges it had. */
export function loadHistory(store: Store, history: Iterable<HistoryExchange>, options: LoadOptions = {}): number {
  const { batch = 16, attributor } = options;
  const runs = new Map<RunId, number>();
  const waiting: HistoryExchange[] = [];
  let exchanges = 0;

  function flush(): void {
    store.transaction(() => {
      for (const exchange of waiting) saveExchange(store, exchange, runs);
    });
    exchanges += waiting.length;
    waiting.length = 0;
  }

  for (const exchange of history) {
    waiting.push(attributor === undefined ? exchange : attributedBy(attributor, exchange));
    if (waiting.length >= batch) flush();
  }
  flush();
  for (const [id, endedAt] of runs) store.endRun(id, endedAt);
  return exchanges;
}

/** @param runs updated: the runs that have begun, and when each was last used */
export function saveExchange(store: Store, exchange: HistoryExchange, runs: Map<RunId, number>): void {
  const { run, request, response, attribution, rating } = exchange;
  if (!runs.has(run.id)) store.beginRun(run);
  runs.set(run.id, request.timestamps.initiated);
  store.saveRequest(request);
  if (response !== null) store.saveResponse(response, attribution);
  if (rating !== null) store.ratings.add(request.id, rating, 'local-user');
}

function attributedBy(attributor: Attributor, exchange: HistoryExchange): HistoryExchange {
  const { request, response } = exchange;
  return response === null ? exchange : { ...exchange, attribution: attributor.attribute(request, response) };
}
