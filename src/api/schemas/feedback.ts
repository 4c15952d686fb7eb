import { z } from '@hono/zod-openapi';
import type { JsonRow } from '../../base/json-row.js';
import type { Rating } from '../../model/rating.js';
import { LOCAL_USER, MAX_COMMENT_LENGTH } from '../../store/index.js';
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
  .openapi('Feedback', { description: 'how good the answer to a request was' }) satisfies z.ZodType<JsonRow<Rating>>;

export const feedbackList = z
  .object({ feedback: z.array(feedback), total: count, limit: count, offset: count })
  .openapi('FeedbackList');

const BODY = 'expected a JSON object';

function shortText(example: string) {
  const expected = 'expected 1 to 200 characters';
  return z.string(expected).min(1, expected).max(200, expected).openapi({ example });
}

function score(example: number) {
  const expected = 'expected a number from -1 to 1';
  return z.number(expected).min(-1, expected).max(1, expected).openapi({ example });
}

const COMMENT = `expected up to ${MAX_COMMENT_LENGTH} characters, or null`;
const comment = z.string(COMMENT).max(MAX_COMMENT_LENGTH, COMMENT).nullable();

export const newFeedback = z
  .strictObject(
    {
      request_id: shortText('req_01jzx4w8q2v5n7m9p3r6t1y0ab'),
      rating: score(0.5).openapi({ description: '-1: useless, 1: perfect' }),
      feedback_text: comment.default(null).openapi({ example: 'found the bug at once' }),
      user_id: shortText(LOCAL_USER).default(LOCAL_USER),
    },
    BODY,
  )
  .openapi('NewFeedback');

export const changedFeedback = z
  .strictObject(
    {
      rating: score(-0.5).optional(),
      feedback_text: comment.optional().openapi({ description: 'null removes it', example: 'wrong file' }),
    },
    BODY,
  )
  .refine(
    (change) => change.rating !== undefined || change.feedback_text !== undefined,
    'expected rating, feedback_text, or both',
  )
  .openapi('ChangedFeedback', { minProperties: 1 });
