import type { RequestDetail, RequestRow } from '../../../src/store/index.js';

/** A finished request as the store gives it, with these fields changed. */
export function requestRow(changes: Partial<RequestRow> = {}): RequestRow {
  return {
    id: 'req_1',
    correlation_id: '1',
    session_id: null,
    agent_id: null,
    prompt_id: null,
    kind: 'messages',
    purpose: 'main',
    thread_id: 'req_1',
    previous_id: null,
    continuation: null,
    started_by: null,
    timestamp: '2026-03-01T12:00:00.000Z',
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
      cache_read: 900,
      cache_write_5m: 0,
      cache_write_1h: 0,
      output: 50,
      known: 'exact',
      output_known: 'exact',
    },
    cost_usd: 0.02,
    unpriced: [],
    latency_ms: 1_500,
    ttft_ms: 300,
    proxy_overhead_ms: 0.5,
    rating: null,
    cache_miss: null,
    attributed: null,
    sources: [],
    ...changes,
  };
}

export function requestDetail({ ...changes }: Partial<RequestDetail> = {}): RequestDetail {
  return {
    ...requestRow(),
    run_id: 'run_1',
    parent_agent_id: null,
    http_version: '1.1',
    degraded: null,
    timestamps: {
      initiated: '2026-03-01T12:00:00.000Z',
      received: null,
      forwarded: null,
      first_byte: null,
      response_end: null,
      delivered: null,
    },
    request_headers: [],
    request_body: { size: 10, sha256: 'ab', truncated: false, redacted: false },
    attribution_version: null,
    damaged: [],
    thread: null,
    solution: null,
    feedback: null,
    response: null,
    ...changes,
  };
}
