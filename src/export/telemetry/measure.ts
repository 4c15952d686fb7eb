import type { McpCallDetail } from '../../model/mcp-rows.js';
import type { RequestSummary } from '../../model/request.js';
import { mcpSpan } from '../spans/mcp-spans.js';
import { requestSpan } from '../spans/request-span.js';
import { type Attributes, known } from '../spans/span.js';
import type { InstrumentName, Measurement } from './instruments.js';

/**
 * The contribution of a request to the metrics, counted as `claude-trace stats` does: tokens are of requests with a bill, dollars of those
 * with a price.
 * @param isCounted whether it had already ended as interrupted: only its bill is new
 */
export function measureRequest(row: RequestSummary, isCounted: boolean): Measurement[] {
  const { tokens, cacheMiss: miss } = row;
  const span = requestSpan({ row, body: null, message: null }, false);
  const operation = pick(span.attributes, OPERATION);
  const model = pick(span.attributes, ['gen_ai.request.model']);
  const isBilled = tokens.known === 'exact';
  const output = { ...model, 'claude_trace.known': tokens.outputKnown };
  const loss = known({ 'claude_trace.cache_miss.cause': miss?.cause, 'claude_trace.source': miss?.source });
  return [
    ...(isCounted ? [] : one('claude_trace.requests', 1, { ...model, 'claude_trace.state': row.state })),
    ...one('gen_ai.client.operation.duration', seconds(row.latencyMs), operation),
    ...one('gen_ai.client.operation.time_to_first_chunk', seconds(row.ttftMs), operation),
    ...(isBilled
      ? [
          ...one('gen_ai.client.token.usage', tokens.input, { ...operation, 'gen_ai.token.type': 'input' }),
          ...(tokens.outputKnown === 'exact'
            ? one('gen_ai.client.token.usage', tokens.output, { ...operation, 'gen_ai.token.type': 'output' })
            : []),
          ...TOKEN_TYPES.flatMap(([type, field]) =>
            one('claude_trace.tokens', tokens[field] || null, {
              ...model,
              'claude_trace.known': 'exact',
              'claude_trace.token.type': type,
            }),
          ),
          ...one('claude_trace.tokens', tokens.output || null, { ...output, 'claude_trace.token.type': 'output' }),
          ...row.sources.flatMap(({ source, tokens: count, costUsd }) => [
            ...one('claude_trace.source.tokens', count || null, { 'claude_trace.source': source }),
            ...one('claude_trace.source.cost_usd', costUsd || null, { 'claude_trace.source': source }),
          ]),
        ]
      : []),
    ...one('claude_trace.cost_usd', row.costUsd, output),
    ...one('claude_trace.cache_miss.lost_tokens', miss?.lostTokens ?? null, loss),
    ...one('claude_trace.cache_miss.lost_usd', miss?.lostUsd ?? null, loss),
  ];
}

/** The contribution of a call when it ends. Figures leave out calls that a rule or a replay changed. */
export function measureCall(call: McpCallDetail): Measurement[] {
  if (call.altered) return [];
  return one('mcp.client.operation.duration', seconds(call.latencyMs), callAttributes(call));
}

/** The contribution of a call when the model has got its result. */
export function measureDelivery(call: McpCallDetail): Measurement[] {
  if (call.altered) return [];
  const attributes = pick(callAttributes(call), ['mcp.method.name', 'gen_ai.tool.name', 'claude_trace.mcp.server']);
  return one('claude_trace.mcp.result.tokens', call.delivery?.tokensGot ?? null, attributes);
}

const OPERATION = [
  'gen_ai.operation.name',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'server.address',
  'server.port',
  'error.type',
];

const TOKEN_TYPES = [
  ['uncached', 'uncached'],
  ['cache_read', 'cacheRead'],
  ['cache_write_5m', 'cacheWrite5m'],
  ['cache_write_1h', 'cacheWrite1h'],
] as const;

function callAttributes(call: McpCallDetail): Attributes {
  return pick(mcpSpan(call, false).attributes, [
    'mcp.method.name',
    'mcp.protocol.version',
    'gen_ai.operation.name',
    'gen_ai.tool.name',
    'gen_ai.prompt.name',
    'network.transport',
    'server.address',
    'error.type',
    'claude_trace.mcp.server',
  ]);
}

function one(instrument: InstrumentName, value: number | null, attributes: Attributes): Measurement[] {
  return value === null ? [] : [{ instrument, value, attributes }];
}

function pick(attributes: Attributes, names: readonly string[]): Attributes {
  return known(Object.fromEntries(names.map((name) => [name, attributes[name]])));
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1_000;
}
