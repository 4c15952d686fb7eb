import type { CapturedRequest, CapturedResponse } from '../../../src/model/exchange.js';
import type { ThreadAttribution } from '../../../src/model/thread.js';
import type { RequestFilter, RequestSort } from '../../../src/store/index.js';
import { findsText } from './find-text.js';

/** What a test stored, for a filter without SQL. */
export interface StoredExchange {
  request: CapturedRequest;
  response: CapturedResponse | null;
  attribution: ThreadAttribution | null;
  rating: number | null;
}

/** The meaning of RequestFilter, in plain code. */
export function matches(exchange: StoredExchange, filter: RequestFilter): boolean {
  const { request, response, attribution, rating } = exchange;
  const at = request.timestamps.initiated;
  const state = response?.state ?? 'open';
  const status = response?.status ?? null;
  const tokens = figureOf(exchange, 'input');
  const costUsd = figureOf(exchange, 'cost');
  const purpose = attribution?.place?.purpose ?? null;
  const sources = (attribution?.shares ?? []).map(({ source }) => source);
  return [
    filter.kind === 'all' || request.kind === (filter.kind ?? 'messages'),
    filter.source === undefined || sources.some(glob(filter.source)),
    filter.since === undefined || at >= filter.since,
    filter.until === undefined || at < filter.until,
    filter.sessionId === undefined || request.sessionId === filter.sessionId,
    filter.agent === undefined || request.agentId === filter.agent,
    filter.model === undefined || (request.model !== null && glob(filter.model)(request.model)),
    filter.status === undefined || hasStatus(filter.status, state, status),
    filter.text === undefined || findsText(filter.text, textsOf(exchange)),
    filter.rated === undefined || filter.rated === (rating !== null),
    filter.sideCalls !== false || purpose === null || ['main', 'subagent', 'compaction'].includes(purpose),
    filter.minRating === undefined || (rating !== null && rating >= filter.minRating),
    filter.maxRating === undefined || (rating !== null && rating <= filter.maxRating),
    filter.minTokens === undefined || (tokens !== null && tokens >= filter.minTokens),
    filter.minCostUsd === undefined || (costUsd !== null && costUsd >= filter.minCostUsd),
  ].every(Boolean);
}

/** The value to sort by; requests with null are left out. */
export function figureOf({ request, response, attribution }: StoredExchange, sort: RequestSort): number | null {
  switch (sort) {
    case 'time':
      return request.timestamps.initiated;
    case 'input':
      return response?.usage?.uncached ?? attribution?.inputTokens ?? null;
    case 'output':
      return response?.usage?.output ?? null;
    case 'latency':
      return response?.latencyMs ?? null;
    case 'cost':
      return attribution?.inputCostUsd ?? null;
  }
}

/** The texts by kind: a phrase must be inside one of them. */
function textsOf({ response, attribution }: StoredExchange): string[] {
  if (attribution === null) return [];
  const { prompts, results, answer } = attribution.searchTexts;
  return [prompts, results, [...answer, response?.error ?? '']].map((texts) => texts.join('\n'));
}

function glob(pattern: string): (text: string) => boolean {
  const pieces = pattern.split('*').map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${pieces.join('.*')}$`, 's');
  return (text) => expression.test(text);
}

function hasStatus(wanted: string, state: string, status: number | null): boolean {
  if (wanted === 'error') return ['failed', 'cut_off', 'interrupted'].includes(state);
  if (/^\d/.test(wanted)) {
    const code = String(status);
    return wanted.toLowerCase().endsWith('xx') ? code.charAt(0) === wanted.charAt(0) : code === wanted;
  }
  return state === wanted;
}
