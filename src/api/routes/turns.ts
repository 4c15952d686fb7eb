import { z } from '@hono/zod-openapi';
import { toJsonRow } from '../../base/json-row.js';
import type { Connections } from '../connections.js';
import { meantIds } from '../meant-ids.js';
import { failures } from '../schemas/error.js';
import { idIn, inOrder, page, period, periodOf, scope, sessionId } from '../schemas/parameters.js';
import { turn, turnList } from '../schemas/turn.js';
import { json, newRoutes, operation } from './route.js';

const list = operation('get', '/api/claude/turns', 'listTurns', 'What a person asked, the newest first', {
  request: { query: inOrder(z.strictObject({ ...period, ...scope, session_id: sessionId, ...page })) },
  responses: { 200: json('a page of turns with matching requests', turnList), ...failures(400, 404) },
});

const one = operation('get', '/api/claude/turns/{id}', 'getTurn', 'One turn, with all its requests', {
  request: { params: idIn('id', 'id of the turn or a prefix of it, or last', 'last') },
  responses: { 200: json('the turn', turn), ...failures(400, 404) },
});

export function turnRoutes({ ask }: Connections) {
  return newRoutes()
    .openapi(list, (context) => {
      const { limit, offset, ...asked } = context.req.valid('query');
      const answer = ask((reader) => {
        const filter = { ...periodOf(asked), ...meantIds(reader, asked) };
        return { turns: toJsonRow(reader.turns(filter, { limit, offset })), total: reader.countTurns(filter) };
      });
      return context.json({ ...answer, limit, offset }, 200);
    })
    .openapi(one, (context) => {
      const { id } = context.req.valid('param');
      return context.json(toJsonRow(ask((reader) => reader.turn(id))), 200);
    });
}
