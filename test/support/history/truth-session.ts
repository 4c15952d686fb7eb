import { createAttributor } from '../../../src/history/attributor.js';
import type { Run, Store } from '../../../src/store/index.js';
import { makeSession, type SessionOptions, type SessionStep } from '../truth/session.js';
import { seeded } from '../truth/texts.js';
import { makeRequest, makeResponse } from './exchange.js';

/** A stored request of a session whose true tokens are known. */
export interface StoredStep {
  step: SessionStep;
  id: string;
}

/** Stores a made-up session as it would have been captured. */
export function storeTruthSession(store: Store, run: Run, options: SessionOptions): StoredStep[] {
  const random = seeded(options.seed);
  const attributor = createAttributor({
    prices: {},
    onFailure: (error) => {
      throw error;
    },
  });
  return makeSession(options).map((step) => {
    const { exchange } = step;
    const { sessionId, agentId, model, at, text, usage, message } = exchange;
    const parts = { sessionId, agentId, promptId: null, kind: 'messages', model, path: '/v1/messages', at } as const;
    const request = makeRequest(run, random, { ...parts, body: Buffer.from(text) });
    const answer = message === null ? [] : [...message.content];
    const response = makeResponse(request, { ending: 'answered', latencyMs: 1_000, answer, usage });
    store.saveRequest(request);
    store.saveResponse(response, attributor.attribute(request, response));
    return { step, id: request.id };
  });
}
