import type { JsonRecord } from '../../base/json.js';
import { knownSum } from '../../base/known-sum.js';
import { isFailed } from '../../model/exchange.js';
import type { AssembledMessage } from '../../model/message.js';
import type { RequestSummary } from '../../model/request.js';
import { splitSource } from '../../model/source.js';
import { inputContent, outputContent } from './content.js';
import { ruleAttributes } from './rule-attributes.js';
import { type Attributes, callSpanId, known, requestSpanId, type Span, traceIdOf } from './span.js';
import type { TracedRequest } from './traced-request.js';

/**
 * The span of one request. For kind `messages` it is a GenAI client span, see
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ and its page for Anthropic; for others that of an HTTP
 * client. Attributes that the conventions do not define are `claude_trace.*`.
 * @param withContent adds prompts and answers
 */
export function requestSpan({ row, body, message, hits = [] }: TracedRequest, withContent: boolean): Span {
  const traceId = traceIdOf(row);
  const start = row.timestamp.getTime();
  const isChat = row.kind === 'messages';
  return {
    traceId,
    spanId: requestSpanId(row.id),
    parentSpanId: row.startedBy === null ? null : callSpanId(traceId, row.startedBy),
    name: isChat ? `chat ${row.model ?? ''}`.trimEnd() : row.method,
    kind: 'client',
    start,
    end: start + (row.latencyMs ?? 0),
    attributes: {
      ...httpAttributes(row),
      ...(isChat && chatAttributes(row, body, message)),
      ...ownAttributes(row),
      ...ruleAttributes(hits),
      ...(isChat && withContent && body && inputContent(body)),
      ...(isChat && withContent && message && outputContent(message.content, message.stopReason)),
    },
    follows: row.previousId === null ? null : requestSpanId(row.previousId),
    failure: isFailed(row.state) ? (row.error ?? '') : null,
  };
}

function httpAttributes(row: RequestSummary): Attributes {
  const url = URL.canParse(row.url) ? new URL(row.url) : null;
  return known({
    'http.request.method': row.method,
    'http.response.status_code': row.status,
    'url.full': row.url,
    'server.address': url?.hostname ?? row.host,
    'server.port': Number(url?.port) || 443,
    'error.type': isFailed(row.state) ? errorType(row) : null,
  });
}

/** The API's own error type (`overloaded_error`), else the status; a request that was cut off has neither. */
function errorType({ status, error }: RequestSummary): string {
  return /^[a-z_]+(?=:|$)/.exec(error ?? '')?.[0] ?? (status !== null && status >= 400 ? String(status) : '_OTHER');
}

function chatAttributes(row: RequestSummary, body: JsonRecord | null, message: AssembledMessage | null): Attributes {
  const { tokens } = row;
  const billed = tokens.known === 'exact';
  return known({
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.request.model': row.model,
    'gen_ai.request.stream': row.streaming,
    'gen_ai.request.max_tokens': numberOf(body?.max_tokens),
    'gen_ai.request.temperature': numberOf(body?.temperature),
    'gen_ai.request.top_p': numberOf(body?.top_p),
    'gen_ai.request.top_k': numberOf(body?.top_k),
    'gen_ai.conversation.id': row.sessionId,
    'gen_ai.agent.id': row.agentId,
    'gen_ai.response.id': message?.id,
    'gen_ai.response.model': message?.model,
    'gen_ai.response.finish_reasons': message?.stopReason ? [message.stopReason] : null,
    'gen_ai.response.time_to_first_chunk': row.ttftMs === null ? null : row.ttftMs / 1000,
    // All input: the conventions for Anthropic include cached tokens, unlike its own `input_tokens`.
    'gen_ai.usage.input_tokens': billed ? tokens.input : null,
    'gen_ai.usage.cache_read.input_tokens': billed ? tokens.cacheRead : null,
    'gen_ai.usage.cache_creation.input_tokens': billed ? knownSum([tokens.cacheWrite5m, tokens.cacheWrite1h]) : null,
    'gen_ai.usage.output_tokens': billed && tokens.outputKnown === 'exact' ? tokens.output : null,
  });
}

function ownAttributes(row: RequestSummary): Attributes {
  const { sources, cacheMiss: miss } = row;
  const costs = sources.flatMap((each) => each.costUsd ?? []);
  return known({
    'claude_trace.request.id': row.id,
    'claude_trace.kind': row.kind,
    'claude_trace.purpose': row.purpose,
    'claude_trace.prompt.id': row.promptId,
    'claude_trace.thread.id': row.threadId,
    'claude_trace.continuation': row.continuation,
    'claude_trace.state': row.state,
    'claude_trace.tokens.known': row.tokens.known,
    'claude_trace.tokens.output': row.tokens.output,
    'claude_trace.tokens.output_known': row.tokens.outputKnown,
    'claude_trace.tokens.uncached': row.tokens.uncached,
    'claude_trace.tokens.cache_write_5m': row.tokens.cacheWrite5m,
    'claude_trace.tokens.cache_write_1h': row.tokens.cacheWrite1h,
    'claude_trace.cost_usd': row.costUsd,
    'claude_trace.unpriced': row.unpriced.length > 0 ? row.unpriced : null,
    'claude_trace.proxy_overhead_ms': row.proxyOverheadMs,
    'claude_trace.rating': row.rating,
    'claude_trace.cache_miss.cause': miss?.cause,
    'claude_trace.cache_miss.source': miss?.source,
    'claude_trace.cache_miss.lost_tokens': miss?.lostTokens,
    'claude_trace.cache_miss.lost_usd': miss?.lostUsd,
    // Parallel lists: one attribute for each name of a file or server would be too many.
    'claude_trace.sources.names': sources.length > 0 ? sources.map(({ source }) => source) : null,
    'claude_trace.sources.tokens': sources.length > 0 ? sources.map(({ tokens }) => tokens) : null,
    'claude_trace.sources.costs_usd': costs.length > 0 && costs.length === sources.length ? costs : null,
    ...tokensByType(sources),
  });
}

/** Types of sources are few, so that a backend can sum up their attributes. */
function tokensByType(sources: RequestSummary['sources']): Attributes {
  const totals: Record<string, number> = {};
  for (const { source, tokens } of sources) {
    const name = `claude_trace.source_types.${splitSource(source).type}.tokens`;
    totals[name] = (totals[name] ?? 0) + tokens;
  }
  return totals;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
