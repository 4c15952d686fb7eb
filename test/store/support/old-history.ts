import { randomBytes } from 'node:crypto';
import type { CapturedRequest } from '../../../src/model/exchange.js';
import type { RunId } from '../../../src/model/ids.js';
import type { Pruning, RetentionLimits, Store } from '../../../src/store/index.js';
import { aBody, anAttribution, aRequest, aResponse, aShare } from './records.js';
import { sessionBodies } from './session-bodies.js';
import { startedStore } from './started-store.js';

export const DAY_MS = 24 * 60 * 60 * 1_000;

/** No limit on the size. */
export const ANY_SIZE = Number.MAX_SAFE_INTEGER;

/** Only age decides. @param olderThan unix ms */
export function olderThanOnly(olderThan: number): RetentionLimits {
  return { olderThan, maxBytes: ANY_SIZE, sparedSince: 0 };
}

/** Keeps the requests of the last days. */
export function keepDays(days: number): RetentionLimits {
  return olderThanOnly(Date.now() - days * DAY_MS);
}

/** Only the size decides. */
export function smallerOnly(maxBytes: number): RetentionLimits {
  return { olderThan: 0, maxBytes, sparedSince: Number.MAX_SAFE_INTEGER };
}

/** A request from a number of days ago. */
export function aRequestOf(run: RunId, daysAgo: number, values: Partial<CapturedRequest> = {}): CapturedRequest {
  const request = aRequest(run, values);
  return { ...request, timestamps: { ...request.timestamps, initiated: Date.now() - daysAgo * DAY_MS } };
}

/** Stores one conversation, answered and attributed: a request a day, the last one today. @returns the requests, oldest first */
export function saveHistory(store: Store, run: RunId, days: number): CapturedRequest[] {
  return sessionBodies(days, 90_000).map((body, index) => {
    const request = aRequestOf(run, days - 1 - index, { body: aBody(body) });
    store.saveRequest(request);
    store.saveResponse(
      aResponse(request, { body: aBody(`event: ${request.id}\n\n`) }),
      anAttribution([aShare('user', 10 + index), aShare(`mcp:server${index % 3}`, 5)]),
    );
    return request;
  });
}

/** Runs a pruning to its end. */
export function finish(pruning: Pruning): number {
  while (pruning.step());
  return pruning.removed;
}

/** A database with a conversation of 40 days and an empty log. */
export function withHistory() {
  const { file, store, run } = startedStore();
  const requests = saveHistory(store, run.id, 40);
  return { file, store, run, requests };
}

/** Forty requests that share nothing and have similar sizes. */
export function withLargeRequests() {
  const { file, store, run } = startedStore();
  const requests = Array.from({ length: 40 }, (_, index) => {
    const request = aRequestOf(run.id, 40 - index, { body: aBody(randomBytes(10_000).toString('hex')) });
    store.saveRequest(request);
    store.saveResponse(aResponse(request), null);
    return request;
  });
  return { file, store, requests };
}
