import { z } from '@hono/zod-openapi';
import type { JsonRow } from '../../base/json-row.js';
import { EXCHANGE_KINDS, EXCHANGE_ORIGINS, EXCHANGE_STATES } from '../../model/exchange.js';
import { PURPOSES } from '../../model/purpose.js';
import type { RequestSummary } from '../../model/request.js';
import { CACHE_MISS_CAUSES, CONTINUATIONS } from '../../model/thread.js';
import { OUTPUT_KNOWN } from '../../model/usage.js';
import { attribution, groupTotal } from './attribution.js';
import { feedback } from './feedback.js';
import { count, didYouMean, dollars, HOW_IT_ENDED, headers, iso, ms, nullable, rating, share, text } from './fields.js';
import { bodyInfo, response } from './response.js';
import { ruleHit } from './rule-hit.js';

const REQUEST = 'req_01jzx4w8q2v5n7m9p3r6t1y0ab';

const tokens = z
  .object({
    input: nullable(count, 'billed input; an estimate when nothing was billed'),
    uncached: nullable(count),
    cache_read: nullable(count),
    cache_write_5m: nullable(count),
    cache_write_1h: nullable(count),
    output: nullable(count),
    known: z
      .enum(['exact', 'estimated'])
      .nullable()
      .openapi({ description: 'of the input; exact: the figures of the API itself' }),
    output_known: z.enum(OUTPUT_KNOWN).openapi({
      description: 'of the output; estimated: from the text of an answer that ended before its final figure',
    }),
  })
  .openapi('TokenCounts');

const cacheMiss = z
  .object({
    cause: z.enum(CACHE_MISS_CAUSES),
    source: text('mcp:serena').nullable(),
    path: text('/tools/3').nullable().openapi({ description: 'JSON pointer of the first change' }),
    detail: z.string().nullable(),
    lost_tokens: count,
    lost_usd: dollars.nullable(),
  })
  .openapi('CacheMiss', { description: 'why less was read from the cache than the thread had written' });

const sourceTotal = z
  .object({
    source: text('mcp:serena'),
    tokens: count,
    new_tokens: count.nullable(),
    share,
    cost_usd: dollars.nullable(),
  })
  .openapi('SourceTotal');

const fields = {
  id: text(REQUEST),
  correlation_id: text('01jzx4w8q2v5n7m9p3r6t1y0ab'),
  session_id: text('f0b1c2d3-0000-4000-8000-000000000001').nullable(),
  agent_id: z.string().nullable(),
  prompt_id: z.string().nullable(),
  origin: z.enum(EXCHANGE_ORIGINS).openapi({
    description:
      'transcript: imported from a file of Claude Code; times, and mostly system prompt and tools, are not known',
    example: 'wire',
  }),
  kind: z.enum(EXCHANGE_KINDS),
  purpose: z.enum(PURPOSES).nullable(),
  thread_id: text(REQUEST).nullable().openapi({ description: 'the first request of its thread' }),
  previous_id: z.string().nullable().openapi({ description: 'the request before it in its thread' }),
  continuation: z.enum(CONTINUATIONS).nullable(),
  started_by: z.string().nullable().openapi({ description: 'tool_use id of the call that started a subagent' }),
  agent: nullable(text('Explore'), 'name of the agent that sent it; null in the main conversation'),
  turn_id: nullable(text('turn_01jzx4w8q2v5n7m9p3r6t1y0ab'), 'the turn that it belongs to: what a person asked'),
  timestamp: iso,
  method: text('POST'),
  url: text('https://api.anthropic.com/v1/messages'),
  host: text('api.anthropic.com'),
  model: text('claude-opus-5').nullable(),
  state: z.enum(EXCHANGE_STATES).openapi({ description: HOW_IT_ENDED, example: 'complete' }),
  status: z.int().nullable().openapi({ example: 200 }),
  error: z.string().nullable(),
  streaming: z.boolean(),
  tokens,
  cost_usd: dollars.nullable().openapi({ description: 'an estimate where the output is one' }),
  unpriced: z
    .array(z.string())
    .openapi({ description: 'parts of the bill that are not in the cost', example: ['code_execution'] }),
  latency_ms: ms.nullable(),
  ttft_ms: ms.nullable(),
  proxy_overhead_ms: ms.nullable(),
  rating: rating.nullable(),
  cache_miss: cacheMiss.nullable(),
  attributed: nullable(
    z.boolean(),
    'false: stored without sources, since attribution failed or took too long; null: nothing to attribute (yet)',
  ),
  sources: z.array(sourceTotal).openapi({ description: 'the largest first' }),
};

/** As `query --json` prints it. */
z.object(fields) satisfies z.ZodType<JsonRow<RequestSummary>>;

const listed = {
  ...fields,
  total_tokens: nullable(count, 'input and output'),
  has_feedback: z.boolean(),
};

const request = z
  .object(listed)
  .openapi('Request', { description: 'One request. While it is open, all fields of its response are null.' });

export const requestList = z
  .object({ requests: z.array(request), total: count, limit: count, offset: count, did_you_mean: didYouMean })
  .openapi('RequestList');

export const requestDetail = z
  .object({
    ...listed,
    run_id: text('run_01jzx4w8q2v5n7m9p3r6t1y0ab'),
    parent_agent_id: z.string().nullable(),
    http_version: text('1.1'),
    degraded: z.string().nullable().openapi({ description: 'why the observation is incomplete' }),
    timestamps: z.object({
      initiated: iso,
      received: iso.nullable(),
      forwarded: iso.nullable(),
      first_byte: iso.nullable(),
      response_end: iso.nullable(),
      delivered: iso.nullable(),
    }),
    attribution_version: count.nullable(),
    notes: z.array(z.string()).openapi({ description: 'sentences about damaged or outdated content' }),
    headers,
    body: bodyInfo,
    body_json: z.unknown().openapi({ description: 'null where the body is not JSON' }),
    groups: z.array(groupTotal).openapi({ description: 'the largest first' }),
    attributions: z.array(attribution),
    rule_hits: z.array(ruleHit).openapi({ description: 'what rules did with the request and its response, in order' }),
    response: response.nullable(),
    feedback: feedback.nullable(),
  })
  .openapi('RequestDetail');
