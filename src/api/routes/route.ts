import type { ServerResponse } from 'node:http';
import { OpenAPIHono, z } from '@hono/zod-openapi';
import { refuseInvalid } from '../errors.js';

/** What the server hands over with a request; nothing where there is no socket behind it. */
interface ApiEnv {
  Bindings: { outgoing?: ServerResponse };
}

export type Routes = OpenAPIHono<ApiEnv>;

export const newRoutes = (): Routes => new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid });

/** What a route answers with when all is well. */
export function json<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}

/** What a route answers with that hands out a captured body. No browser shows it as a page: it is of no type that they show. */
export const wireBytes = {
  description: 'as on the wire, its content encoding kept',
  content: { 'application/octet-stream': { schema: z.string() } },
};

export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } };
}
