import { z } from '@hono/zod-openapi';
import type { JsonRow } from '../../base/json-row.js';
import { EXCHANGE_STATES } from '../../model/exchange.js';
import type { ResponseDetail } from '../../model/request.js';
import { OUTPUT_KNOWN } from '../../model/usage.js';
import { count, dollars, HOW_IT_ENDED, headers, iso, ms, text } from './fields.js';

export const bodyInfo = z
  .object({
    size: count.openapi({ description: 'bytes on the wire' }),
    sha256: z.string().nullable().openapi({ description: 'of the bytes on the wire, hex; null when truncated' }),
    truncated: z.boolean().openapi({ description: 'only its beginning is stored' }),
    redacted: z.boolean().openapi({ description: 'a credential in it was replaced' }),
  })
  .openapi('BodyInfo');

const billingTerms = z
  .object({
    speed: z.string().nullable(),
    service_tier: z.string().nullable(),
    inference_geo: z.string().nullable(),
    served_by: z.string().nullable().openapi({ description: 'the fallback model that answered' }),
    iterations: z
      .array(
        z.object({
          type: text('advisor_message'),
          model: text('claude-opus-5').nullable(),
          uncached: count,
          cache_read: count,
          cache_write_5m: count,
          cache_write_1h: count,
          output: count,
        }),
      )
      .openapi({ description: 'tokens that no other figure includes' }),
  })
  .openapi('BillingTerms') satisfies z.ZodType<JsonRow<NonNullable<ResponseDetail['billingTerms']>>>;

export const response = z
  .object({
    id: text('resp_01jzx4w8q2v5n7m9p3r6t1y0ab'),
    request_id: text('req_01jzx4w8q2v5n7m9p3r6t1y0ab'),
    correlation_id: text('01jzx4w8q2v5n7m9p3r6t1y0ab'),
    timestamp: iso.openapi({ description: 'when it ended' }),
    state: z.enum(EXCHANGE_STATES).openapi({ description: HOW_IT_ENDED, example: 'complete' }),
    status_code: z.int().nullable().openapi({ example: 200 }),
    reason: z.string().nullable(),
    error: z.string().nullable(),
    latency_ms: ms.nullable(),
    ttft_ms: ms.nullable(),
    proxy_latency_ms: ms.nullable().openapi({ description: 'time that the bytes spent in the proxy' }),
    response_tokens: count.nullable(),
    response_tokens_known: z.enum(OUTPUT_KNOWN).openapi({ example: 'exact' }),
    web_searches: count.nullable().openapi({ example: 0 }),
    input_cost_usd: dollars.nullable(),
    output_cost_usd: dollars
      .nullable()
      .openapi({ description: 'of the answer, including other models that worked for it' }),
    priced_as: text('claude-opus-5').nullable().openapi({ description: 'the model whose prices apply' }),
    billing_terms: billingTerms.nullable().openapi({ description: 'null: list price, and nothing but tokens' }),
    degraded: z.string().nullable().openapi({ description: 'why the observation is incomplete' }),
    headers,
    body: bodyInfo,
    body_json: z.unknown().openapi({
      description: 'the JSON of the body, or the message of a stream; null without either',
    }),
  })
  .openapi('Response');
