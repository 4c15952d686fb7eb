import { ATTRIBUTION_VERSION, type PriceOverrides } from '../../attribution/index.js';
import type { Env } from '../../base/env.js';
import { planStoredMeasurements, unlessUnreadable } from '../../history/measurement-plan.js';
import { type Reattributed, reattribute } from '../../history/reattribute.js';
import type { RequestId } from '../../model/ids.js';
import { openStore, type Reader, type Store } from '../../store/index.js';
import type { ApiAccess } from './api-access.js';
import { type MeasurementResult, runMeasurement } from './run-measurement.js';
import { createTokenCounter } from './token-counter.js';

/** All requests of a session, or one of them. */
export interface MeasuredSubject {
  sessionId: string;
  /** Null for the whole session. */
  request: RequestId | null;
}

export interface StoredMeasurement extends MeasurementResult {
  reattributed: Reattributed;
  tokens: MeasuredShare;
}

/** Billed input tokens of requests, and how many of them are known exactly. */
export interface MeasuredShare {
  total: number;
  exactBefore: number;
  exactAfter: number;
}

export interface MeasureOptions {
  reader: Reader;
  /** Path of the database. */
  database: string;
  access: ApiAccess;
  env: Env;
  prices: PriceOverrides;
  signal: AbortSignal;
  /** @param step the current kind of work @param total number of its parts */
  onProgress: (step: MeasureStep, done: number, total: number) => void;
  onFailure: (error: unknown) => void;
}

export type MeasureStep = 'planning' | 'counting' | 'attributing';

const MAX_ROUNDS = 3;

/** The requests of a subject in the order in which they ended, as far as they can be attributed again. */
export function measuredRequests(reader: Reader, { sessionId, request }: MeasuredSubject): RequestId[] {
  const { sessions } = reader.replay({ version: ATTRIBUTION_VERSION, all: true, sessionId });
  return sessions.flat().filter((id) => request === null || id === request);
}

/**
 * Has the API count the parts that no bill gives alone, stores its answers, and attributes the session again with them, so that
 * every figure of the session is as exact as possible.
 *
 * @throws StoreError, UnusableUpstreamProxyError
 */
export async function measureStored(subject: MeasuredSubject, options: MeasureOptions): Promise<StoredMeasurement> {
  const { reader, access, env, signal, onProgress } = options;
  const store = openStore(options.database);
  const counter = createTokenCounter(access, env);
  try {
    // Requests that this version has not attributed have no solution: all their pieces would be counted.
    let reattributed = await attributeAgain(subject, false, store, options);
    const requests = measuredRequests(reader, subject);
    const before = exactTokens(reader, requests);
    const total: MeasurementResult = { counted: 0, measured: 0, refused: 0, firstRefusal: null, stopped: null };
    for (let round = 1, isDone = false; !isDone; round++) {
      const showPlanned = (done: number) => onProgress('planning', done, requests.length);
      const plan = await planStoredMeasurements(reader, requests, { onProgress: showPlanned, signal });
      const counts = plan.counts.length;
      const showCounted = (done: number) => onProgress('counting', done, counts);
      const result = await runMeasurement({ plan, counter, store, signal, onProgress: showCounted });
      total.counted += result.counted;
      total.measured += result.measured;
      // Each round may ask for the same refused requests.
      total.refused = Math.max(total.refused, result.refused);
      total.firstRefusal ??= result.firstRefusal;
      total.stopped = result.stopped;
      if (round === 1 || result.measured > 0) reattributed = await attributeAgain(subject, true, store, options);
      if (signal.aborted) total.stopped ??= 'interrupted';
      // Measurements may leave a single call of a bill, with which the other calls can be measured.
      isDone = result.measured === 0 || total.stopped !== null || round === MAX_ROUNDS;
    }
    const after = exactTokens(reader, requests);
    const tokens = { total: after.total, exactBefore: before.exact, exactAfter: after.exact };
    return { ...total, reattributed, tokens };
  } finally {
    counter.close();
    store.close();
  }
}

/** @param all whether to include requests that this version has attributed */
function attributeAgain(
  { sessionId }: MeasuredSubject,
  all: boolean,
  store: Store,
  { reader, prices, signal, onProgress, onFailure }: MeasureOptions,
): Promise<Reattributed> {
  const plan = reader.replay({ version: ATTRIBUTION_VERSION, all, sessionId });
  const total = plan.sessions.flat().length;
  return reattribute(reader, store, plan, {
    prices,
    onFailure,
    onProgress: (done) => onProgress('attributing', done, total),
    signal,
  });
}

function exactTokens(reader: Reader, requests: readonly RequestId[]): { total: number; exact: number } {
  const sum = { total: 0, exact: 0 };
  for (const id of requests) {
    const request = unlessUnreadable(() => reader.request(id));
    if (!request?.solution || request.tokens.known !== 'exact') continue;
    const { tokens, known } = request.solution;
    for (const [index, count] of tokens.entries()) {
      sum.total += count;
      if (known[index] === 'exact') sum.exact += count;
    }
  }
  return sum;
}
