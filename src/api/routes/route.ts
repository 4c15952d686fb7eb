import type { ServerResponse } from 'node:http';
import { OpenAPIHono, type z } from '@hono/zod-openapi';
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

export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } };
}
