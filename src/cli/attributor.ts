import { attribute, createThreads, type PriceOverrides } from '../attribution/index.js';
import type { CapturedRequest, CapturedResponse } from '../model/exchange.js';
import type { Attribution } from '../model/segment.js';
import { describeError } from './errors.js';
import { readRequestBody } from './request-body.js';

/** Attributes finished exchanges, in the order they end, with what the earlier ones of their session taught. */
export interface Attributor {
  /** Null for requests that carry no context, and when attribution itself failed (then told once). */
  attribute(request: CapturedRequest, response: CapturedResponse): Attribution | null;
}

export function createAttributor(prices: PriceOverrides, onFailure: (message: string) => void): Attributor {
  const threads = createThreads();
  let told = false;
  return {
    attribute(request, response) {
      if (request.kind !== 'messages') return null;
      try {
        const { sessionId, agentId, parentAgentId, model } = request;
        const { text, body } = readRequestBody(request.body.bytes, request.headers, request.body.redacted);
        const thread = threads.contextFor({ sessionId, agentId, parentAgentId, body });
        threads.learn({ sessionId, body, message: response.message });
        return attribute({ body, text, usage: response.usage, model, thread, prices });
      } catch (error) {
        // Attribution must not throw; should it, the exchange is stored without, and can be attributed again.
        if (!told) onFailure(describeError(error));
        told = true;
        return null;
      }
    },
  };
}
