import { z } from '@hono/zod-openapi';
import { text } from './fields.js';

const error = z
  .object({
    error: text('Invalid limit: expected a whole number from 1 to 100.'),
    details: z
      .array(
        z.object({
          in: z.enum(['path', 'query', 'header', 'body']),
          parameter: text('limit').nullable().openapi({ description: 'null: the whole' }),
          expected: text('expected a whole number from 1 to 100'),
        }),
      )
      .optional()
      .openapi({ description: 'of a 400: each invalid parameter' }),
  })
  .openapi('Error', { description: 'the reason, in a sentence' });

const WHY = {
  400: 'a parameter is invalid: `error` names it',
  401: 'the bearer token is missing or wrong',
  403: 'sent by a page of another site, or with a Host that is not this server',
  404: 'not found',
  409: 'the request is already rated: use PUT',
  413: 'the body is larger than 64 KiB',
  500: 'a failure of claude-trace or its database',
  503: 'the database is locked, or cannot be used now: try again later',
} as const;

export type Failure = keyof typeof WHY;

/** The errors of a route. All but /healthz can fail with 401, 403, 500 and 503. */
export function failures<const Status extends Failure>(...also: readonly Status[]) {
  const all = [...also, 401, 403, 500, 503] as const;
  const described = all.map((status) => [
    status,
    { description: WHY[status], content: { 'application/json': { schema: error } } },
  ]);
  return Object.fromEntries(described) as {
    [Each in Status | 401 | 403 | 500 | 503]: {
      description: string;
      content: { 'application/json': { schema: typeof error } };
    };
  };
}
