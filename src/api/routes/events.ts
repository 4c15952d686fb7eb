import { z } from '@hono/zod-openapi';
import type { Feed } from '../events/feed.js';
import { eventStream } from '../events/stream.js';
import { failures } from '../schemas/error.js';
import { lastEventId } from '../schemas/parameters.js';
import { newRoutes, operation } from './route.js';

const events = operation(
  'get',
  '/api/claude/events',
  'followEvents',
  'Changes as server-sent events, after they are committed',
  {
    description:
      'Events request.started, request.ended, feedback.created, feedback.updated, feedback.deleted, mcp_call.started, ' +
      'mcp_call.ended, mcp_call.delivered (a request carried the result) and rule.alert; their data is JSON: ' +
      '{type, at, request_id, feedback_id, mcp_call_id, alert_id, request, feedback, mcp_call, alert}, where request, ' +
      'feedback, mcp_call and alert ({id, rule, action, detail, at, request_id, message_id, call_id, server}) are as they ' +
      'are now, or null. ' +
      'Growing answers are sent as `progress`, without an id, by the server of `wrap`: ' +
      '{type, answers[{request_id, characters, input_tokens, output_tokens, blocks[{type, name, text}], is_cut}]}. ' +
      'Ids ascend. With Last-Event-ID all later events come first; `reset` means that some of them are no longer kept ' +
      '(the last 10,000 are). Comments are heartbeats. Clients that do not read are disconnected, and can continue later.',
    request: { headers: z.object({ 'last-event-id': lastEventId }) },
    responses: {
      200: {
        description: 'a stream that ends with the server',
        content: { 'text/event-stream': { schema: z.string(), example: 'id: 7\nevent: request.ended\ndata: {}\n\n' } },
      },
      ...failures(400),
    },
  },
);

export function eventRoutes(feed: Feed, heartbeatMs: number) {
  return newRoutes().openapi(events, (context) => {
    const type = { 'Content-Type': 'text/event-stream' };
    // Hono answers HEAD by GET, and nothing would end the stream.
    if (context.req.method === 'HEAD') return context.body(null, 200, type);
    // Read in any case, so that a database that cannot be used gives the usual error.
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
