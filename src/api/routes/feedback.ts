import { z } from '@hono/zod-openapi';
import { toJsonRow } from '../../base/json-row.js';
import { NotRatedError } from '../../store/index.js';
import type { Connections } from '../connections.js';
import { failures } from '../schemas/error.js';
import { changedFeedback, feedback, feedbackList, newFeedback } from '../schemas/feedback.js';
import { idIn, inOrder, page, period, ratings, userId } from '../schemas/parameters.js';
import { json, jsonBody, newRoutes, operation } from './route.js';

const id = idIn('id', 'id of the feedback or a prefix of it, or last', 'fb_01jzx4w8q2v5n7m9p3r6t1y0ab');

const add = operation('post', '/api/claude/feedback', 'addFeedback', 'Rate the answer to a request', {
  description: 'It counts once for each source that the request carried. A request has one rating: PUT changes it.',
  request: { body: jsonBody(newFeedback) },
  responses: { 201: json('the feedback', feedback), ...failures(400, 404, 409, 413) },
});

const list = operation('get', '/api/claude/feedback', 'listFeedback', 'Feedback, the last given first', {
  request: { query: inOrder(z.strictObject({ ...ratings, user_id: userId, ...period, ...page })) },
  responses: { 200: json('a page of feedback', feedbackList), ...failures(400) },
});

const one = operation('get', '/api/claude/feedback/{id}', 'getFeedback', 'One feedback', {
  request: { params: id },
  responses: { 200: json('the feedback', feedback), ...failures(400, 404) },
});

const change = operation('put', '/api/claude/feedback/{id}', 'changeFeedback', 'Change a rating, its text, or both', {
  request: { params: id, body: jsonBody(changedFeedback) },
  responses: { 200: json('the feedback as it is now', feedback), ...failures(400, 404, 413) },
});

const remove = operation('delete', '/api/claude/feedback/{id}', 'removeFeedback', 'Remove a rating', {
  request: { params: id },
  responses: { 204: { description: 'it is removed, and no longer counts' }, ...failures(400, 404, 413) },
});

const ofRequest = operation(
  'get',
  '/api/claude/feedback/by-request/{request_id}',
  'getFeedbackOfRequest',
  'The feedback of a request',
  {
    request: { params: idIn('request_id', 'id of the request or a prefix of it, or last: what POST takes', 'last') },
    responses: { 200: json('the feedback', feedback), ...failures(400, 404) },
  },
);

export function feedbackRoutes({ ask, write }: Connections) {
  const find = (given: string) =>
    ask((reader) => {
      const row = reader.rating(given);
      if (row === null) throw new NotRatedError(given);
      return toJsonRow(row);
    });
  /** The store also accepts the id of a request for its rating; these operations do not. */
  const idOf = (given: string) => {
    const [last] = given === 'last' ? ask((reader) => reader.ratings({}, { limit: 1 }).rows) : [];
    return last?.id ?? (given.startsWith('fb_') ? given : `fb_${given}`);
  };
  return newRoutes()
    .openapi(add, (context) => {
      const { request_id: request, rating, feedback_text: comment, user_id: user } = context.req.valid('json');
      return context.json(toJsonRow(write((store) => store.ratings.add(request, { rating, comment }, user))), 201);
    })
    .openapi(list, (context) => {
      const { limit, offset, ...filter } = context.req.valid('query');
      const asked = {
        minRating: filter.min_rating,
        maxRating: filter.max_rating,
        userId: filter.user_id,
        since: filter.start_time,
        until: filter.end_time,
      };
      const { rows, total } = ask((reader) => reader.ratings(asked, { limit, offset }));
      return context.json({ feedback: toJsonRow(rows), total, limit, offset }, 200);
    })
    .openapi(ofRequest, (context) => context.json(find(context.req.valid('param').request_id), 200))
    .openapi(one, (context) => context.json(find(idOf(context.req.valid('param').id)), 200))
    .openapi(change, (context) => {
      const id = idOf(context.req.valid('param').id);
      const { rating, feedback_text: comment } = context.req.valid('json');
      const verdict = { ...(rating === undefined ? {} : { rating }), ...(comment === undefined ? {} : { comment }) };
      return context.json(toJsonRow(write((store) => store.ratings.change(id, verdict))), 200);
    })
    .openapi(remove, (context) => {
      const id = idOf(context.req.valid('param').id);
      write((store) => store.ratings.remove(id));
      return context.body(null, 204);
    });
}
