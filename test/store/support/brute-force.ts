import type { CapturedRequest, CapturedResponse } from '../../../src/model/exchange.js';
import type { RequestFilter } from '../../../src/store/index.js';

/** What a test stored, for a filter without SQL. Nothing is rated. */
export interface StoredExchange {
  request: CapturedRequest;
  response: CapturedResponse | null;
  sources: string[];
  costUsd: number | null;
}

/** The meaning of RequestFilter, in plain code. */
export function matches({ request, response, sources, costUsd }: StoredExchange, filter: RequestFilter): boolean {
  const at = request.timestamps.initiated;
  const state = response?.state ?? 'open';
  const status = response?.status ?? null;
  const input = response?.usage?.uncached ?? null;
  const haystack = [request.url, request.model, response?.error].map((text) => (text ?? '').toLowerCase());
  return [
    filter.kind === 'all' || request.kind === (filter.kind ?? 'messages'),
    filter.source === undefined || sources.some(glob(filter.source)),
    filter.since === undefined || at >= filter.since,
    filter.until === undefined || at < filter.until,
    filter.sessionId === undefined || request.sessionId === filter.sessionId,
    filter.agentId === undefined || request.agentId === filter.agentId,
    filter.model === undefined || (request.model !== null && glob(filter.model)(request.model)),
    filter.status === undefined || hasStatus(filter.status, state, status),
    filter.text === undefined || haystack.some((text) => text.includes(filter.text?.toLowerCase() ?? '')),
    filter.rated !== true,
    filter.minTokens === undefined || (input !== null && input >= filter.minTokens),
    filter.minCostUsd === undefined || (costUsd !== null && costUsd >= filter.minCostUsd),
  ].every(Boolean);
}

function glob(pattern: string): (text: string) => boolean {
  const pieces = pattern.split('*').map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${pieces.join('.*')}$`, 's');
  return (text) => expression.test(text);
}

function hasStatus(wanted: string, state: string, status: number | null): boolean {
  if (wanted === 'error') return (status ?? 0) >= 400 || (state !== 'open' && state !== 'complete');
  if (/^\d/.test(wanted)) {
    const code = String(status);
    return wanted.toLowerCase().endsWith('xx') ? code.charAt(0) === wanted.charAt(0) : code === wanted;
  }
  return state === wanted;
}
