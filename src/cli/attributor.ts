import { type AttributedExchange, createThreads, type PriceOverrides } from '../attribution/index.js';
import type { CapturedRequest, CapturedResponse } from '../model/exchange.js';
import type { ThreadAttribution } from '../model/thread.js';
import { describeError } from './errors.js';
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
export type FinishedResponse = Pick<CapturedResponse, 'status' | 'headers' | 'message' | 'usage'> & {
  body: Pick<CapturedResponse['body'], 'bytes' | 'redacted'>;
};

export interface AttributorOptions {
  prices: PriceOverrides;
  /** Told once. */
  onFailure: (message: string) => void;
  /** Where the conversations of a session stood before this process saw it. Default: nobody knows. */
  history?: (sessionId: string) => readonly AttributedExchange[];
}

export function createAttributor({ prices, onFailure, history = () => [] }: AttributorOptions): Attributor {
  const threads = createThreads(prices);
  const sessions = new Set<string>();
  let told = false;

  const fail = (error: unknown): void => {
    if (!told) onFailure(describeError(error));
    told = true;
  };

  const takeUp = (sessionId: string): void => {
    sessions.add(sessionId);
    try {
      for (const exchange of history(sessionId)) threads.resume(exchange);
    } catch (error) {
      // Its figures start anew: better than none.
      fail(error);
    }
  };

  const attributeOrLearn = (request: FinishedRequest, response: FinishedResponse): ThreadAttribution | null => {
    const { id, kind, sessionId, agentId, headers, model } = request;
    if (kind !== 'messages' && kind !== 'count_tokens') return null;
    if (sessionId !== null && !sessions.has(sessionId)) takeUp(sessionId);
    const { text, body } = readJsonBody(request.body.bytes, headers, request.body.redacted);
    const { usage, message } = response;
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
    };
    if (kind === 'messages') return threads.attribute(exchange);
    const counted = countOf(response);
    if (counted !== null) threads.learnCount(exchange, counted);
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

/** What `/v1/messages/count_tokens` counted; null when it did not. */
function countOf({ status, headers, body }: FinishedResponse): number | null {
  const answer = status === 200 ? readJsonBody(body.bytes, headers, body.redacted).body : null;
  const count = typeof answer === 'object' && answer !== null && 'input_tokens' in answer ? answer.input_tokens : null;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null;
}
