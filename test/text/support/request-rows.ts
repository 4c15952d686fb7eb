import type { RequestDetail, RequestSummary } from '../../../src/model/request.js';

/** A finished request as the store gives it, with these fields changed. */
export function requestRow(changes: Partial<RequestSummary> = {}): RequestSummary {
  return {
    id: 'req_1',
    correlationId: '1',
    sessionId: null,
    agentId: null,
    promptId: null,
    kind: 'messages',
    purpose: 'main',
    threadId: 'req_1',
    previousId: null,
    continuation: null,
    startedBy: null,
    timestamp: new Date('2026-03-01T12:00:00.000Z'),
    method: 'POST',
    url: 'https://api.anthropic.com/v1/messages',
    host: 'api.anthropic.com',
    model: 'claude-sonnet-4-5',
    state: (changes.error ?? null) !== null || (changes.status ?? 200) >= 400 ? 'failed' : 'complete',
    status: 200,
    error: null,
    streaming: true,
    tokens: {
      input: 1_000,
      uncached: 100,
      cacheRead: 900,
      cacheWrite5m: 0,
      cacheWrite1h: 0,
      output: 50,
      known: 'exact',
      outputKnown: 'exact',
    },
    costUsd: 0.02,
    unpriced: [],
    latencyMs: 1_500,
    ttftMs: 300,
    proxyOverheadMs: 0.5,
    rating: null,
    cacheMiss: null,
    attributed: null,
    sources: [],
    ...changes,
  };
}

export function requestDetail({ ...changes }: Partial<RequestDetail> = {}): RequestDetail {
  return {
    ...requestRow(),
    runId: 'run_1',
    parentAgentId: null,
    httpVersion: '1.1',
    degraded: null,
    timestamps: {
      initiated: new Date('2026-03-01T12:00:00.000Z'),
      received: null,
      forwarded: null,
      firstByte: null,
      responseEnd: null,
      delivered: null,
    },
    requestHeaders: [],
    requestBody: { size: 10, sha256: 'ab', truncated: false, redacted: false },
    attributionVersion: null,
    damaged: [],
    thread: null,
    solution: null,
    feedback: null,
    response: null,
    ...changes,
  };
}
