import { z } from '@hono/zod-openapi';
import type { Connections } from '../connections.js';
import { meantName } from '../did-you-mean.js';
import { describeShare } from '../rows.js';
import { attributionList } from '../schemas/attribution.js';
import { failures } from '../schemas/error.js';
import { requestIdFilter, sourceName, sourceType, wholePage } from '../schemas/parameters.js';
import { sourceTypesOf } from '../schemas/source.js';
import { json, newRoutes, operation } from './route.js';

const list = operation(
  'get',
  '/api/claude/contexts',
  'listContexts',
  'What sources put into requests, of the newest request first',
  {
    request: {
      query: z.strictObject({
        request_id: requestIdFilter,
        source_name: sourceName,
        source_type: sourceType,
        ...wholePage,
      }),
    },
    responses: { 200: json('attributions', attributionList), ...failures(400, 404) },
  },
);

export function contextRoutes({ ask, askOnce }: Connections) {
  return newRoutes().openapi(list, (context) => {
    const {
      request_id: requestId,
      source_name: sourceName,
      source_type: type,
      limit,
      offset,
    } = context.req.valid('query');
    const filter = { requestId, sourceName, sourceTypes: type && sourceTypesOf(type) };
    const rows = ask((reader) => reader.listShares(filter, { limit, offset }));
    const total = askOnce(`shares ${JSON.stringify(filter)}`, (reader) => reader.countShares(filter));
    const answer = { attributions: rows.map(describeShare), total, limit, offset };
    return context.json(total > 0 ? answer : { ...answer, ...ask(meantName(sourceName)) }, 200);
  });
}
