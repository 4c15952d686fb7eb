import {
  type AttributedExchange,
  type Budget,
  createBudget,
  createThreads,
  type PriceOverrides,
} from '../attribution/index.js';
import { isRecord } from '../base/json.js';
import { RecentMap } from '../base/recent-map.js';
import type { CapturedRequest, CapturedResponse } from '../model/exchange.js';
import type { ThreadAttribution } from '../model/thread.js';
import { readJsonBody } from './json-body.js';

/** Attributes finished exchanges, in the order they end, with what was learned from earlier ones of their session. */
export interface Attributor {
  /** Null for requests without context, and when attribution failed. */
  attribute(request: FinishedRequest, response: FinishedResponse): ThreadAttribution | null;
}

/** A request and its response as attribution reads them, captured or stored. */
export type FinishedRequest = Pick<
  CapturedRequest,
  'id' | 'kind' | 'sessionId' | 'agentId' | 'headers' | 'model' | 'timestamps'
> & { body: Pick<CapturedRequest['body'], 'bytes' | 'redacted'> };
export type FinishedResponse = Pick<CapturedResponse, 'state' | 'status' | 'headers' | 'message' | 'usage'> & {
  body: Pick<CapturedResponse['body'], 'bytes' | 'redacted'>;
};

export interface AttributorOptions {
  prices: PriceOverrides;
  /** Time limit for attributing one request, ms; after it the request is stored without. Default: 2 s. */
  budgetMs?: number;
  /** Attribution failed. Called once. */
  onFailure: (error: unknown) => void;
  /**
   * The last exchange of each conversation of a session, from before this process saw it. Default: none.
   * @param onDamaged called for each that cannot be read and is left out
   */
  history?: (sessionId: string, onDamaged: (error: unknown) => void) => readonly AttributedExchange[];
  /** A conversation could not be resumed, so its figures start again. Called once. Default: `onFailure`. */
  onHistoryFailure?: (error: unknown) => void;
}

/** Sessions whose history was read: more than those whose threads are remembered (attribution/threads.ts). */
const MAX_SESSIONS = 200;

/** Other exchanges wait meanwhile. Attributing a full context window takes some ten milliseconds. */
const BUDGET_MS = 2_000;
const LONGEST_STEP_MS = 20;

export function createAttributor({
  prices,
  budgetMs = BUDGET_MS,
  onFailure,
  history = () => [],
  onHistoryFailure = onFailure,
}: AttributorOptions): Attributor {
  const threads = createThreads(prices);
  const sessions = new RecentMap<string, true>(MAX_SESSIONS);
  const fail = once(onFailure);
  const failHistory = once(onHistoryFailure);

  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      failHistory(error);
    }
  };

  const resume = (sessionId: string, budget: Budget): void => {
    if (sessions.get(sessionId)) return;
    sessions.set(sessionId, true);
    attempt(() => {
      for (const exchange of history(sessionId, failHistory)) attempt(() => threads.resume(exchange, budget));
    });
  };

  const attributeOrLearn = (request: FinishedRequest, response: FinishedResponse): ThreadAttribution | null => {
    const { id, kind, sessionId, agentId, headers, model } = request;
    if (kind !== 'messages' && kind !== 'count_tokens') return null;
    if (sessionId !== null) resume(sessionId, createBudget(budgetMs, workingTime()));
    const { text, body } = readJsonBody(request.body.bytes, headers, request.body.redacted);
    const { state, usage, message } = response;
    const exchange = {
      id,
      sessionId,
      agentId,
      headers,
      model,
      at: request.timestamps.initiated,
      body,
      text,
      usage,
      message,
      // Complete on the wire, but only its beginning was captured.
      truncated: state === 'complete' && message?.complete === false,
    };
    const budget = createBudget(budgetMs, workingTime());
    if (kind === 'messages') return threads.attribute(exchange, budget);
    const counted = countOf(response);
    if (counted !== null) threads.learnCount(exchange, counted, budget);
    return null;
  };

  return {
    attribute(request, response) {
      try {
        return attributeOrLearn(request, response);
      } catch (error) {
        // The exchange is stored without attribution and can be attributed again.
        fail(error);
        return null;
      }
    },
  };
}

/**
 * Milliseconds in which this thread worked. Between two checks of the budget attribution works for less than a millisecond, so
 * a longer time was spent by another program on a busy machine, or on loading code.
 */
function workingTime(): () => number {
  let last = performance.now();
  let worked = 0;
  return () => {
    const now = performance.now();
    worked += Math.min(now - last, LONGEST_STEP_MS);
    last = now;
    return worked;
  };
}

/** Calls `report` for the first error only. */
function once(report: (error: unknown) => void): (error: unknown) => void {
  let reported = false;
  return (error) => {
    if (!reported) report(error);
    reported = true;
  };
}

/** The result of `/v1/messages/count_tokens`; null when it failed. */
function countOf({ status, headers, body }: FinishedResponse): number | null {
  const answer = status === 200 ? readJsonBody(body.bytes, headers, body.redacted).body : null;
  const count = isRecord(answer) ? answer.input_tokens : null;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null;
}
