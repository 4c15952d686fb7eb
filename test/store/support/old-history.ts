import { randomBytes } from 'node:crypto';
import type { CapturedRequest } from '../../../src/model/exchange.js';
import type { RunId } from '../../../src/model/ids.js';
import type { Pruning, RetentionLimits, Store } from '../../../src/store/index.js';
import { aBody, anAttribution, aRequest, aResponse, aShare } from './records.js';
import { sessionBodies } from './session-bodies.js';
import { startedStore } from './started-store.js';

export const DAY_MS = 24 * 60 * 60 * 1_000;

/** No limit of size. */
export const ANY_SIZE = Number.MAX_SAFE_INTEGER;

/** Only age decides. @param olderThan unix ms */
export function olderThanOnly(olderThan: number): RetentionLimits {
  return { olderThan, maxBytes: ANY_SIZE, sparedSince: 0 };
}

/** Keeps what began in so many days. */
export function keepDays(days: number): RetentionLimits {
  return olderThanOnly(Date.now() - days * DAY_MS);
}

/** Only the size decides, whatever the age. */
export function smallerOnly(maxBytes: number): RetentionLimits {
  return { olderThan: 0, maxBytes, sparedSince: Number.MAX_SAFE_INTEGER };
}

/** A request that began so many days ago. */
export function aRequestOf(run: RunId, daysAgo: number, values: Partial<CapturedRequest> = {}): CapturedRequest {
  const request = aRequest(run, values);
  return { ...request, timestamps: { ...request.timestamps, initiated: Date.now() - daysAgo * DAY_MS } };
}

/** Stores one conversation, answered and attributed: a request a day, the last one today. @returns them, oldest first. */
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

/** To its end. */
export function finish(pruning: Pruning): number {
  while (pruning.step());
  return pruning.removed;
}

/** A conversation of 40 days in a database, its log moved into the file. */
export function withHistory() {
  const { file, store, run } = startedStore();
  const requests = saveHistory(store, run.id, 40);
  return { file, store, run, requests };
}

/** Forty requests that share nothing: each takes much the same. */
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
