import type { CapturedRequest, CapturedResponse } from '../../src/model/exchange.js';
import type { Purpose } from '../../src/model/purpose.js';
import type { SourceShare } from '../../src/model/segment.js';
import type { Continuation, ThreadAttribution } from '../../src/model/thread.js';
import { anAttribution, aRequest, aResponse, aShare, USAGE } from '../store/support/records.js';
import { startedStore } from '../store/support/started-store.js';

export interface Turn extends Partial<Pick<ThreadAttribution, 'cacheMiss' | 'inputCostUsd' | 'outputCostUsd'>> {
  /** Input tokens. */
  tokens: number;
  purpose?: Purpose;
  continuation?: Continuation;
  agentId?: string;
  sessionId?: string | null;
  shares?: SourceShare[];
  request?: Partial<CapturedRequest>;
  response?: Partial<CapturedResponse>;
}

export const SESSION = 'f0b1c2d3-0000-4000-8000-000000000001';

/** A database with these requests, a second apart, in the session `SESSION` unless they name another. */
export function storedConversation(turns: readonly Turn[]) {
  const { file, store, run } = startedStore();
  let thread: string | null = null;
  const requests = turns.map((turn, index) => {
    const { tokens, purpose = 'main', continuation, agentId = null, sessionId = SESSION } = turn;
    const timestamps = { ...aRequest(run.id).timestamps, initiated: Date.UTC(2026, 0, 5, 8, 0, index) };
    const request = aRequest(run.id, { agentId, sessionId, model: 'claude-opus-4-5', timestamps, ...turn.request });
    store.saveRequest(request);
    if (purpose === 'main') thread ??= request.id;
    const usage = { ...USAGE, uncached: tokens, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
    store.saveResponse(
      aResponse(request, { usage, ...turn.response }),
      anAttribution(turn.shares ?? [aShare('framework:system', 10), aShare('user', tokens - 10)], {
        place: {
          purpose,
          threadId: (purpose === 'main' ? thread : null) ?? request.id,
          previousId: null,
          continuation: continuation ?? null,
          startedBy: null,
        } as ThreadAttribution['place'],
        cacheMiss: turn.cacheMiss ?? null,
        inputCostUsd: turn.inputCostUsd ?? tokens / 1e6,
        outputCostUsd: turn.outputCostUsd ?? 0,
      }),
    );
    return request;
  });
  store.close();
  return { file, requests };
}
