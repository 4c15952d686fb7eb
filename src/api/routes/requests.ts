import { z } from '@hono/zod-openapi';
import type { PriceOverrides } from '../../attribution/index.js';
import { matchesGlob } from '../../base/glob.js';
import { segmentsOf, segmentToJson } from '../../history/segments.js';
import { REQUEST_SORTS } from '../../store/index.js';
import { attributionNote, damagedNote } from '../../text/request-notes.js';
import type { Connections } from '../connections.js';
import { meantAmong, meantSource } from '../did-you-mean.js';
import { invalid } from '../errors.js';
import { meantIds } from '../meant-ids.js';
import { describeDetail, describeRequest } from '../rows.js';
import { segmentList } from '../schemas/attribution.js';
import { failures } from '../schemas/error.js';
import {
  after,
  choice,
  filters,
  idIn,
  inOrder,
  order,
  page,
  periodOf,
  ratings,
  source,
} from '../schemas/parameters.js';
import { requestDetail, requestList } from '../schemas/request.js';
import { describeSource } from '../schemas/source.js';
import { json, newRoutes, operation, wireBytes } from './route.js';

const id = idIn('id', 'id of the request or its response, a prefix of one, or last', 'last');

const list = operation('get', '/api/claude/requests', 'listRequests', 'Requests, the newest first', {
  request: {
    query: inOrder(
      z.strictObject({
        ...filters,
        ...ratings,
        sort_by: choice(REQUEST_SORTS)
          .default('time')
          .openapi({ description: 'requests without the figure are left out' }),
        order,
        after,
        ...page,
      }),
    ),
  },
  responses: { 200: json('a page of requests', requestList), ...failures(400, 404) },
});

const one = operation('get', '/api/claude/requests/{id}', 'getRequest', 'One request, whole', {
  request: { params: id },
  responses: { 200: json('the request', requestDetail), ...failures(400, 404) },
});

const segments = operation(
  'get',
  '/api/claude/requests/{id}/segments',
  'listSegments',
  'What a request is made of, piece by piece',
  {
    request: { params: id, query: z.strictObject({ source }) },
    responses: { 200: json('its segments, in the order of the body', segmentList), ...failures(400, 404) },
  },
);

const body = operation('get', '/api/claude/requests/{id}/body', 'getRequestBody', 'The exact bytes of a request body', {
  request: { params: id },
  responses: { 200: wireBytes, ...failures(400, 404) },
});

export function requestRoutes({ ask, askOnce }: Connections, prices: PriceOverrides) {
  return newRoutes()
    .openapi(list, (context) => {
      const { sort_by: sort, order, limit, offset, after, ...filter } = context.req.valid('query');
      if (after !== undefined && offset > 0) throw invalid('query', 'after', 'expected without offset');
      const asked = {
        ...periodOf(filter),
        source: filter.context_source,
        ...ask((reader) => meantIds(reader, filter)),
        model: filter.model,
        status: filter.status,
        kind: filter.kind,
        origin: filter.origin,
        text: filter.q,
        rule: filter.rule,
        tag: filter.tag,
        rated: filter.rated,
        minRating: filter.min_rating,
        maxRating: filter.max_rating,
        minTokens: filter.min_tokens,
      };
      const rows = ask((reader) => reader.page(asked, { limit, offset, sort, ascending: order === 'asc', after }));
      const total = askOnce(`count ${JSON.stringify([asked, sort])}`, (reader) => reader.count(asked, sort));
      const answer = { requests: rows.map(describeRequest), total, limit, offset };
      return context.json(total > 0 ? answer : { ...answer, ...ask(meantSource(filter.context_source)) }, 200);
    })
    .openapi(one, (context) => {
      const { id } = context.req.valid('param');
      return context.json(
        ask((reader) => describeDetail(reader, id)),
        200,
      );
    })
    .openapi(segments, (context) => {
      const { id } = context.req.valid('param');
      const { source: glob } = context.req.valid('query');
      const answer = ask((reader) => {
        const request = reader.request(id);
        const segments = segmentsOf(reader, request, prices);
        const chosen = segments.filter(({ segment }) => glob === undefined || matchesGlob(glob, segment.source));
        return {
          request_id: request.id,
          segments: chosen.map((each) => ({ ...segmentToJson(each), ...describeSource(each.segment.source) })),
          total: chosen.length,
          ...(chosen.length > 0
            ? {}
            : meantAmong(
                glob,
                segments.map(({ segment }) => segment.source),
              )),
          notes: [attributionNote(request), damagedNote(request)].filter((note) => note !== null),
        };
      });
      return context.json(answer, 200);
    })
    .openapi(body, (context) => {
      const bytes = ask((reader) => reader.requestBody(context.req.valid('param').id));
      return context.body(Buffer.from(bytes), 200, { 'Content-Type': 'application/octet-stream' });
    });
}
