import { z } from '@hono/zod-openapi';
import { toJsonRow } from '../../base/json-row.js';
import type { Connections } from '../connections.js';
import { failures } from '../schemas/error.js';
import { idIn, page, period, scope } from '../schemas/parameters.js';
import { session, sessionList, sessionName } from '../schemas/session.js';
import { json, jsonBody, newRoutes, operation } from './route.js';

const list = operation('get', '/api/claude/sessions', 'listSessions', 'Sessions of Claude Code, the last seen first', {
  request: { query: z.strictObject({ start_time: period.start_time, ...scope, ...page }) },
  responses: { 200: json('a page of sessions', sessionList), ...failures(400) },
});

const id = idIn('id', 'id of the session or a prefix of it, its name, or last', 'last');

const one = operation('get', '/api/claude/sessions/{id}', 'getSession', 'One session of Claude Code', {
  request: { params: id },
  responses: { 200: json('the session', session), ...failures(400, 404) },
});

const name = operation('put', '/api/claude/sessions/{id}', 'nameSession', 'Name a session, or remove its name', {
  description: 'Every operation and command takes the name in place of the id.',
  request: { params: id, body: jsonBody(sessionName) },
  responses: { 200: json('the session as it is now', session), ...failures(400, 404, 409, 413) },
});

export function sessionRoutes({ ask, write }: Connections) {
  return newRoutes()
    .openapi(list, (context) => {
      const { start_time: since, limit, offset, ...chosen } = context.req.valid('query');
      const { rows, total } = ask((reader) => reader.sessions({ since, ...chosen }, { limit, offset }));
      return context.json({ sessions: toJsonRow(rows), total, limit, offset }, 200);
    })
    .openapi(one, (context) => {
      const { id } = context.req.valid('param');
      return context.json(toJsonRow(ask((reader) => reader.session(reader.sessionId(id)))), 200);
    })
    .openapi(name, (context) => {
      const { name: given } = context.req.valid('json');
      const named = write((store) => store.nameSession(context.req.valid('param').id, given));
      return context.json(toJsonRow(ask((reader) => reader.session(named))), 200);
    });
}
