import type { Attributes } from '../spans/span.js';

/** A metric, as a backend lists it. All are cumulative sums that only grow. */
export interface Instrument {
  description: string;
  unit: string;
  /** Upper bounds of the buckets of a histogram; absent for a counter. */
  bounds?: readonly number[];
}

/** The bounds that the conventions advise. */
const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const MCP_SECONDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];
const TOKENS = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864];

/**
 * Names without `claude_trace.` are those of the conventions for GenAI and MCP:
 * https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/ and https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/
 */
export const INSTRUMENTS = {
  'gen_ai.client.token.usage': {
    description: 'Input and output tokens of each billed request.',
    unit: '{token}',
    bounds: TOKENS,
  },
  'gen_ai.client.operation.duration': { description: 'Duration of requests.', unit: 's', bounds: SECONDS },
  'gen_ai.client.operation.time_to_first_chunk': {
    description: 'Time until the first part of an answer arrived.',
    unit: 's',
    bounds: SECONDS,
  },
  'mcp.client.operation.duration': { description: 'Duration of MCP calls.', unit: 's', bounds: MCP_SECONDS },
  'claude_trace.requests': { description: 'Requests that have ended.', unit: '{request}' },
  'claude_trace.tokens': { description: 'Tokens of billed requests, as the bill divides them.', unit: '{token}' },
  'claude_trace.cost_usd': { description: 'Cost of requests in US dollars.', unit: '{USD}' },
  'claude_trace.source.tokens': { description: 'Input tokens of billed requests by their source.', unit: '{token}' },
  'claude_trace.source.cost_usd': {
    description: 'Cost of the input by its source, in US dollars.',
    unit: '{USD}',
  },
  'claude_trace.cache_miss.lost_tokens': {
    description: 'Tokens that were in the cache and were billed again, by what changed.',
    unit: '{token}',
  },
  'claude_trace.cache_miss.lost_usd': {
    description: 'What these tokens cost above reading them from the cache, in US dollars.',
    unit: '{USD}',
  },
  'claude_trace.mcp.result.tokens': {
    description: 'Tokens of results of MCP calls in the first request that carried them.',
    unit: '{token}',
  },
} as const satisfies Record<string, Instrument>;

export type InstrumentName = keyof typeof INSTRUMENTS;

export function isInstrument(name: string): name is InstrumentName {
  return name in INSTRUMENTS;
}

export interface Measurement {
  instrument: InstrumentName;
  value: number;
  attributes: Attributes;
}
