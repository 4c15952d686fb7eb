import type { Connections } from '../connections.js';
import { ApiError } from '../errors.js';
import { describeResponse } from '../rows.js';
import { failures } from '../schemas/error.js';
import { idIn } from '../schemas/parameters.js';
import { response } from '../schemas/response.js';
import { json, newRoutes, operation, wireBytes } from './route.js';

const id = idIn('id', 'id of the response or its request, a prefix of one, or last', 'last');

const one = operation('get', '/api/claude/responses/{id}', 'getResponse', 'One response', {
  request: { params: id },
  responses: { 200: json('the response', response), ...failures(400, 404) },
});

const body = operation(
  'get',
  '/api/claude/responses/{id}/body',
  'getResponseBody',
  'The exact bytes of a response body',
  {
    request: { params: id },
    responses: { 200: wireBytes, ...failures(400, 404) },
  },
);

export function responseRoutes({ ask }: Connections) {
  return newRoutes()
    .openapi(one, (context) => {
      const { id } = context.req.valid('param');
      const answer = ask((reader) => describeResponse(reader, reader.request(id)));
      if (answer === null) throw noResponse(id);
      return context.json(answer, 200);
    })
    .openapi(body, (context) => {
      const { id } = context.req.valid('param');
      const bytes = ask((reader) => reader.responseBody(id));
      if (bytes === null) throw noResponse(id);
      return context.body(Buffer.from(bytes), 200, { 'Content-Type': 'application/octet-stream' });
    });
}

function noResponse(id: string): ApiError {
  return new ApiError(404, `No response of "${id}" is stored: it is still open, or was interrupted.`);
}
