import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PriceOverrides } from '../attribution/index.js';
import { knownSum } from '../base/known-sum.js';
import { type Reader, type ReplayPlan, type Store, type StoredExchange, StoreError } from '../store/index.js';
import { createAttributor } from './attributor.js';
import { readAgain } from './read-again.js';
import { type SourceChange, SourceChanges } from './source-changes.js';

/** The result of attributing again. */
export interface Reattributed {
  /** Requests of kind `messages`. */
  attributed: number;
  leftAlone: number;
  /** How many of these were skipped because earlier requests of their session are no longer stored. */
  severed: number;
  /** Left as they were because they are damaged or the engine failed. */
  failed: number;
  /** How many were attributed without their measurements, which contradict their bills. */
  contradicted: number;
  /** Cost of the requests that were attributed again, US dollars; null without a known price. */
  costBefore: number | null;
  costAfter: number | null;
  /** Sources whose tokens or cost changed, the most changed first. */
  sources: SourceChange[];
}

export interface ReattributeOptions {
  prices: PriceOverrides;
  /** The engine failed. Called once. */
  onFailure: (error: unknown) => void;
  /** Called after each exchange with the number done. */
  onProgress?: (done: number) => void;
  /** Aborting it ends the work at the next exchange. */
  signal?: AbortSignal | undefined;
}

/** Time limit for attributing one stored request, ms. Longer than during capture, where other requests wait. */
export const STORED_BUDGET_MS = 30_000;

/**
 * Attributes stored exchanges again, in the order of the plan, each in its own transaction. It can be stopped at any time and
 * started again later. Other processes can write in the meantime, and other work of this thread, such as signals, goes on between
 * two exchanges.
 *
 * @throws StoreError
 */
export async function reattribute(
  reader: Reader,
  store: Store,
  plan: ReplayPlan,
  { prices, onFailure, onProgress = () => {}, signal }: ReattributeOptions,
): Promise<Reattributed> {
  const attributor = createAttributor({
    prices,
    budgetMs: STORED_BUDGET_MS,
    measurements: reader.measurements,
    onFailure,
  });
  const { others: leftAlone, severed } = plan;
  const result = { attributed: 0, leftAlone, severed, failed: 0, contradicted: 0 };
  const costs: Pick<Reattributed, 'costBefore' | 'costAfter'> = { costBefore: null, costAfter: null };
  const changes = new SourceChanges();

  function replay(exchange: StoredExchange): void {
    const response = readAgain(exchange);
    const attribution = attributor.attribute(exchange, response);
    if (attribution === null) {
      if (exchange.kind === 'messages') result.failed += 1;
      return;
    }
    const before = reader.shares(exchange.id).map(({ source, tokens, costUsd }) => ({ source, tokens, costUsd }));
    if (!store.replaceAttribution(exchange.id, attribution, response)) return;
    result.attributed += 1;
    if (attribution.measurementsContradicted) result.contradicted += 1;
    costs.costBefore = knownSum([costs.costBefore, exchange.costUsd]);
    costs.costAfter = knownSum([costs.costAfter, attribution.inputCostUsd, attribution.outputCostUsd]);
    changes.add(before, attribution.shares);
  }

  function leaveAlone({ kind }: StoredExchange): void {
    if (kind !== 'messages') return;
    result.leftAlone += 1;
    result.severed += 1;
  }

  let done = 0;
  for (const session of plan.sessions) {
    let isWhole = true;
    for (const id of session) {
      await nextTurn();
      if (signal?.aborted) break;
      try {
        const exchange = reader.exchange(id);
        // Removed by retention in the meantime: the rest of the session is severed, as the sessions that the plan left out.
        if (exchange === null) isWhole = false;
        else if (isWhole) replay(exchange);
        else leaveAlone(exchange);
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'damaged') throw error;
        result.failed += 1;
      }
      done += 1;
      onProgress(done);
    }
  }
  if (result.attributed > 0) store.settleSources();
  return { ...result, ...costs, sources: changes.changed() };
}
