import type { RequestRow } from '../../../../src/store/index.js';

/** A row as readers get it, with plain values where a test says nothing. */
export function plainRow(id: string, values: Partial<RequestRow> = {}): RequestRow {
  return {
    id,
    correlation_id: id,
    session_id: 'session-1',
    agent_id: null,
    prompt_id: null,
    kind: 'messages',
    state: 'complete',
    purpose: 'main',
    thread_id: null,
    previous_id: null,
    continuation: null,
    started_by: null,
    timestamp: '2026-01-02T03:04:05.000Z',
    method: 'POST',
    url: 'https://api.anthropic.com/v1/messages',
    host: 'api.anthropic.com',
    model: 'claude-opus-4-5-20251101',
    status: 200,
    error: null,
    streaming: true,
    tokens: {
      input: 1_000,
      uncached: 100,
      cache_read: 900,
      cache_write_5m: 0,
      cache_write_1h: 0,
      output: 42,
      known: 'exact',
    },
    cost_usd: 0.01,
    latency_ms: 900,
    ttft_ms: 300,
    proxy_overhead_ms: 1,
    rating: null,
    cache_miss: null,
    sources: [],
    ...values,
  };
}
