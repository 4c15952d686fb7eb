import { z } from '@hono/zod-openapi';
import { EXCHANGE_STATES } from '../../model/exchange.js';
import { count, dollars, headers, iso, ms, text } from './fields.js';

export const bodyInfo = z
  .object({
    size: count.openapi({ description: 'bytes on the wire' }),
    sha256: z.string().nullable().openapi({ description: 'of the bytes on the wire, hex; null when truncated' }),
    truncated: z.boolean().openapi({ description: 'only its beginning is stored' }),
    redacted: z.boolean().openapi({ description: 'a credential in it was replaced' }),
  })
  .openapi('BodyInfo');

export const response = z
  .object({
    id: text('resp_01jzx4w8q2v5n7m9p3r6t1y0ab'),
    request_id: text('req_01jzx4w8q2v5n7m9p3r6t1y0ab'),
    correlation_id: text('01jzx4w8q2v5n7m9p3r6t1y0ab'),
    timestamp: iso.openapi({ description: 'when it ended' }),
    state: z.enum(EXCHANGE_STATES).openapi({ example: 'complete' }),
    status_code: z.int().nullable().openapi({ example: 200 }),
    reason: z.string().nullable(),
    error: z.string().nullable(),
    latency_ms: ms.nullable(),
    ttft_ms: ms.nullable(),
    proxy_latency_ms: ms.nullable().openapi({ description: 'time that the bytes spent in the proxy' }),
    response_tokens: count.nullable(),
    web_searches: count.nullable().openapi({ example: 0 }),
    input_cost_usd: dollars.nullable(),
    output_cost_usd: dollars.nullable(),
    degraded: z.string().nullable().openapi({ description: 'why the observation is incomplete' }),
    headers,
    body: bodyInfo,
    body_json: z.unknown().openapi({
      description:
        'the JSON of the body; of a stream the message put together from its events; null where there is none',
    }),
  })
  .openapi('Response');
