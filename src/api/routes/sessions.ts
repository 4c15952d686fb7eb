import { z } from '@hono/zod-openapi';
import { toJsonRow } from '../../base/json-row.js';
import type { Connections } from '../connections.js';
import { failures } from '../schemas/error.js';
import { idIn, page, period, scope } from '../schemas/parameters.js';
import { session, sessionList } from '../schemas/session.js';
import { json, newRoutes, operation } from './route.js';

const list = operation('get', '/api/claude/sessions', 'listSessions', 'Sessions of Claude Code, the last seen first', {
  request: { query: z.strictObject({ start_time: period.start_time, ...scope, ...page }) },
  responses: { 200: json('a page of sessions', sessionList), ...failures(400) },
});

const one = operation('get', '/api/claude/sessions/{id}', 'getSession', 'One session of Claude Code', {
  request: { params: idIn('id', 'id of the session, the beginning of it, its name, or last', 'last') },
  responses: { 200: json('the session', session), ...failures(400, 404) },
});

export function sessionRoutes({ ask }: Connections) {
  return newRoutes()
    .openapi(list, (context) => {
      const { start_time: since, limit, offset, ...chosen } = context.req.valid('query');
      const { rows, total } = ask((reader) => reader.sessions({ since, ...chosen }, { limit, offset }));
      return context.json({ sessions: toJsonRow(rows), total, limit, offset }, 200);
    })
    .openapi(one, (context) => {
      const { id } = context.req.valid('param');
      return context.json(toJsonRow(ask((reader) => reader.session(reader.sessionId(id)))), 200);
    });
}
