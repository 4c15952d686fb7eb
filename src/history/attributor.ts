import {
  type AttributedExchange,
  type Budget,
  createBudget,
  createThreads,
  type PriceOverrides,
} from '../attribution/index.js';
import { describeError } from '../base/error-text.js';
import { RecentMap } from '../base/recent-map.js';
import type { CapturedRequest, CapturedResponse } from '../model/exchange.js';
import type { ThreadAttribution } from '../model/thread.js';
import { readJsonBody } from './json-body.js';

/** Attributes finished exchanges, in the order they end, with what the earlier ones of their session taught. */
export interface Attributor {
  /** Null for requests that carry no context, and when attribution itself failed (then told once). */
  attribute(request: FinishedRequest, response: FinishedResponse): ThreadAttribution | null;
}

/** What attribution reads of a request and its response, captured or stored. */
export type FinishedRequest = Pick<
  CapturedRequest,
  'id' | 'kind' | 'sessionId' | 'agentId' | 'headers' | 'model' | 'timestamps'
> & { body: Pick<CapturedRequest['body'], 'bytes' | 'redacted'> };
export type FinishedResponse = Pick<CapturedResponse, 'state' | 'status' | 'headers' | 'message' | 'usage'> & {
  body: Pick<CapturedResponse['body'], 'bytes' | 'redacted'>;
};

export interface AttributorOptions {
  prices: PriceOverrides;
  /** What attribution of one request may take, in milliseconds: past it the request is stored without. Default: 2 s. */
  budgetMs?: number;
  /** Attribution failed. Told once. */
  onFailure: (message: string) => void;
  /**
   * Where the conversations of a session stood before this process saw it. Default: nobody knows.
   * @param onDamaged to be told of each that cannot be read, and is left out
   */
  history?: (sessionId: string, onDamaged: (error: unknown) => void) => readonly AttributedExchange[];
  /** A conversation could not be taken up again: its figures start anew, better than none. Told once. Default: `onFailure`. */
  onHistoryFailure?: (message: string) => void;
}

/** Sessions whose history was asked for: more than those whose threads are remembered (attribution/threads.ts). */
const MAX_SESSIONS = 200;

/** Others wait to be recorded meanwhile. Attribution of a full context window takes some ten milliseconds. */
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
  /** The last used last. */
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

  const takeUp = (sessionId: string, budget: Budget): void => {
    if (sessions.get(sessionId)) return;
    sessions.set(sessionId, true);
    attempt(() => {
      for (const exchange of history(sessionId, failHistory)) attempt(() => threads.resume(exchange, budget));
    });
  };

  const attributeOrLearn = (request: FinishedRequest, response: FinishedResponse): ThreadAttribution | null => {
    const { id, kind, sessionId, agentId, headers, model } = request;
    if (kind !== 'messages' && kind !== 'count_tokens') return null;
    if (sessionId !== null) takeUp(sessionId, createBudget(budgetMs, workingTime()));
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
      // It ended well, and yet we have no end of it.
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
        // Attribution must not throw; should it, the exchange is stored without, and can be attributed again.
        fail(error);
        return null;
      }
    },
  };
}

/**
 * A clock of milliseconds that stands still while the thread does: between two looks attribution works for less than a
 * millisecond, so what is longer was another program's turn on a busy machine, or code being loaded.
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

/** Tells the first error only. */
function once(tell: (message: string) => void): (error: unknown) => void {
  let told = false;
  return (error) => {
    if (!told) tell(describeError(error));
    told = true;
  };
}

/** What `/v1/messages/count_tokens` counted; null when it did not. */
function countOf({ status, headers, body }: FinishedResponse): number | null {
  const answer = status === 200 ? readJsonBody(body.bytes, headers, body.redacted).body : null;
  const count = typeof answer === 'object' && answer !== null && 'input_tokens' in answer ? answer.input_tokens : null;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null;
}
