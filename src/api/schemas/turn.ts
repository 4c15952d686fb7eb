import { z } from '@hono/zod-openapi';
import type { JsonRow } from '../../base/json-row.js';
import type { Turn } from '../../store/index.js';
import { count, dollars, iso, ms, nullable, text } from './fields.js';

export const turn = z
  .object({
    id: text('turn_01jzx4w8q2v5n7m9p3r6t1y0ab'),
    session_id: text('f0b1c2d3-0000-4000-8000-000000000001').nullable(),
    prompt: nullable(text('Fix the failing test'), 'the first words; null where they are not known (yet)'),
    started_at: iso,
    duration_ms: ms,
    requests: count,
    side_calls: count.openapi({ description: 'titles, classifiers, …: neither main, subagent nor compaction' }),
    open_requests: count.openapi({ example: 0 }),
    failed_requests: count.openapi({ example: 0 }),
    estimated_requests: count.openapi({
      description: 'without a final bill: output and cost include estimates for these',
      example: 0,
    }),
    input_tokens: count,
    cache_read_tokens: count,
    output_tokens: count,
    cost_usd: dollars.nullable(),
  })
  .openapi('Turn', {
    description: 'what a person asked, and sums over the requests that answered it, as far as they match',
  }) satisfies z.ZodType<JsonRow<Turn>>;

export const turnList = z
  .object({ turns: z.array(turn), total: count, limit: count, offset: count })
  .openapi('TurnList');
