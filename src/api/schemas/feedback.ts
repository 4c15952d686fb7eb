import { z } from '@hono/zod-openapi';
import { LOCAL_USER, MAX_COMMENT_LENGTH, type RatingRow } from '../../store/index.js';
import { count, iso, rating, text } from './fields.js';

export const feedback = z
  .object({
    id: text('fb_01jzx4w8q2v5n7m9p3r6t1y0ab'),
    request_id: text('req_01jzx4w8q2v5n7m9p3r6t1y0ab'),
    rating,
    feedback_text: text('found the bug at once').nullable(),
    user_id: text(LOCAL_USER),
    created_at: iso,
    updated_at: iso,
    affected_sources: z
      .array(text('mcp:serena'))
      .openapi({ description: 'distinct sources of the request: the rating counts once for each' }),
  })
  .openapi('Feedback', { description: 'how good the answer to a request was' }) satisfies z.ZodType<RatingRow>;

export const feedbackList = z
  .object({ feedback: z.array(feedback), total: count, limit: count, offset: count })
  .openapi('FeedbackList');

const comment = z.string().max(MAX_COMMENT_LENGTH);

export const newFeedback = z
  .strictObject({
    request_id: z.string().min(1).max(200).openapi({ example: 'req_01jzx4w8q2v5n7m9p3r6t1y0ab' }),
    rating: z.number().min(-1).max(1).openapi({ description: '-1: useless, 1: as wished', example: 0.5 }),
    feedback_text: comment.nullable().default(null).openapi({ example: 'found the bug at once' }),
    user_id: z.string().min(1).max(200).default(LOCAL_USER).openapi({ example: LOCAL_USER }),
  })
  .openapi('NewFeedback');

export const changedFeedback = z
  .strictObject({
    rating: z.number().min(-1).max(1).optional().openapi({ example: -0.5 }),
    feedback_text: comment.nullable().optional().openapi({ description: 'null takes it away', example: 'wrong file' }),
  })
  .refine(
    (change) => change.rating !== undefined || change.feedback_text !== undefined,
    'expected rating, feedback_text, or both',
  )
  .openapi('ChangedFeedback', { minProperties: 1 });
