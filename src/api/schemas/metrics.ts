import { z } from '@hono/zod-openapi';
import { SOURCE_GROUPS } from '../../model/source-group.js';
import { named } from './attribution.js';
import { count, didYouMean, dollars, iso, ms, rating, text } from './fields.js';

const rated = { feedback_count: count.openapi({ example: 3 }), average_rating: rating.nullable() };

/** The average of figures; null without any. */
const average = z.number().nullable().openapi({ example: 650.5 });

const sourceMetrics = z
  .object({
    ...named,
    usage_count: count.openapi({ description: 'requests that carried it' }),
    total_tokens: count.openapi({ description: 'in billed requests' }),
    average_tokens: average,
    ...rated,
    last_used: iso.nullable(),
    created_at: iso.nullable().openapi({ description: 'when it was first seen' }),
    cost_usd: dollars.nullable(),
  })
  .openapi('SourceMetrics');

export const sourceMetricsList = z
  .object({ metrics: z.array(sourceMetrics), total: count, limit: count, offset: count, did_you_mean: didYouMean })
  .openapi('SourceMetricsList');

export const groupMetricsList = z
  .object({
    metrics: z.array(
      z
        .object({
          group: z.enum(SOURCE_GROUPS).openapi({ example: 'mcp' }),
          uses: count.openapi({ description: 'a use is one source in one request' }),
          total_tokens: count.openapi({ description: 'in billed requests' }),
          cost_usd: dollars.nullable(),
        })
        .openapi('GroupMetrics'),
    ),
    total: count,
  })
  .openapi('GroupMetricsList');

/**
 * Requests of kind messages, also those that retention has removed, except with `project` or `agent`, which only stored requests
 * have.
 */
const figures = {
  total_requests: count,
  failed_requests: count
    .nullable()
    .openapi({ description: 'without an answer, with one that was cut off, or with an error' }),
  aborted_requests: count.nullable().openapi({ description: 'stopped by the client' }),
  estimated_requests: count
    .nullable()
    .openapi({ description: 'without a final bill: received tokens and cost include estimates for these' }),
  total_tokens_sent: count,
  total_tokens_received: count.nullable(),
  cache_read_tokens: count.nullable(),
  cache_write_tokens: count.nullable(),
  cost_usd: dollars.nullable(),
  lost_tokens: count.nullable().openapi({ description: 'to cache misses' }),
  lost_usd: dollars.nullable(),
  average_latency_ms: ms.nullable(),
  average_proxy_latency_ms: ms.nullable(),
  ...rated,
};

export const summary = z
  .object({ ...figures, oldest_capture: iso.nullable(), newest_capture: iso.nullable() })
  .openapi('Summary', {
    description:
      'requests of kind messages, including those that retention has removed; with project or agent only stored ones',
  });

export const modelMetricsList = z
  .object({
    metrics: z.array(z.object({ model: text('claude-opus-5').nullable(), ...figures }).openapi('ModelMetrics')),
    total: count,
  })
  .openapi('ModelMetricsList');

export const history = z
  .object({
    bucket: z.enum(['hour', 'day', 'week', 'month']).openapi({ example: 'day' }),
    time_zone: text('Europe/Berlin').openapi({ description: 'of days, weeks and months' }),
    buckets: z
      .array(
        z
          .object({
            start: text('2026-01-31').openapi({
              description: 'the hour (ISO 8601), the first day, or the month (YYYY-MM)',
            }),
            ...figures,
          })
          .openapi('Bucket'),
      )
      .openapi({ description: 'the oldest first, without empty spans' }),
    did_you_mean: didYouMean,
  })
  .openapi('History', {
    description:
      'with source_name, figures are what the source put into requests, and null where it has no such figure',
  });
