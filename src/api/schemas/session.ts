import { z } from '@hono/zod-openapi';
import type { JsonRow } from '../../base/json-row.js';
import type { SessionSummary } from '../../model/session.js';
import { MAX_SESSION_NAME } from '../../store/index.js';
import { count, dollars, iso, ms, rating, text } from './fields.js';

export const session = z
  .object({
    id: text('f0b1c2d3-0000-4000-8000-000000000001'),
    name: text('before the rewrite').nullable().openapi({ description: 'given by the user' }),
    run_id: text('run_01jzx4w8q2v5n7m9p3r6t1y0ab'),
    cwd: text('/home/me/project'),
    first_seen: iso,
    last_seen: iso,
    duration_ms: ms,
    requests: count,
    failed_requests: count,
    aborted_requests: count.openapi({ description: 'stopped by the client' }),
    estimated_requests: count.openapi({
      description: 'without a final bill: output and cost include estimates for these',
    }),
    input_tokens: count,
    cache_read_tokens: count,
    output_tokens: count,
    cost_usd: dollars.nullable(),
    lost_usd: dollars.nullable(),
    models: z.array(text('claude-opus-5')),
    feedback_count: count.openapi({ example: 3 }),
    average_rating: rating.nullable(),
  })
  .openapi('Session', { description: 'a session of Claude Code' }) satisfies z.ZodType<JsonRow<SessionSummary>>;

export const sessionList = z
  .object({ sessions: z.array(session), total: count, limit: count, offset: count })
  .openapi('SessionList');

const NAME = `expected 1 to ${MAX_SESSION_NAME} characters, or null`;

export const sessionName = z
  .strictObject(
    {
      name: z
        .string(NAME)
        .min(1, NAME)
        .max(MAX_SESSION_NAME, NAME)
        .nullable()
        .openapi({ description: 'null removes it', example: 'before the rewrite' }),
    },
    'expected a JSON object',
  )
  .openapi('SessionName');
