import { createRoute, z } from '@hono/zod-openapi';
import type { Feed } from '../events/feed.js';
import { eventStream } from '../events/stream.js';
import { failures } from '../schemas/error.js';
import { lastEventId } from '../schemas/parameters.js';
import { newRoutes } from './route.js';

const events = createRoute({
  method: 'get',
  path: '/api/claude/events',
  operationId: 'followEvents',
  tags: ['events'],
  summary: 'What happens, as server-sent events, after it is committed',
  description:
    'Events request.started, request.ended, feedback.created, feedback.updated and feedback.deleted; their data is JSON: ' +
    '{type, at, request_id, feedback_id, request, feedback}, where request and feedback are as they are now, or null. ' +
    'Of answers that are still coming, `progress` tells in passing, without an id, where the server stands beside `wrap`: ' +
    '{type, answers[{request_id, characters, input_tokens, output_tokens, blocks[{type, name, text}], is_cut}]}. ' +
    'Ids ascend. With Last-Event-ID all that happened after it comes first; reset says that some of it is not kept any more ' +
    '(the last 10,000 events are). A comment comes as a heartbeat; who does not read is cut off, and can go on later.',
  request: { headers: z.object({ 'last-event-id': lastEventId }) },
  responses: {
    200: {
      description: 'a stream that ends with the server',
      content: { 'text/event-stream': { schema: z.string(), example: 'id: 7\nevent: request.ended\ndata: {}\n\n' } },
    },
    ...failures(400),
  },
});

export function eventRoutes(feed: Feed, heartbeatMs: number) {
  return newRoutes().openapi(events, (context) => {
    const type = { 'Content-Type': 'text/event-stream' };
    // Hono answers HEAD by GET, and nobody would ever end the stream.
    if (context.req.method === 'HEAD') return context.body(null, 200, type);
    // Asked for in any case: a database that cannot be used is an answer, as it is everywhere.
    const now = feed.now();
    const stream = eventStream({
      feed,
      position: context.req.valid('header')['last-event-id'] ?? now,
      heartbeatMs,
      onSlow: () => context.env.outgoing?.destroy(),
    });
    return context.body(stream, 200, type);
  });
}
