import { OpenAPIHono, type z } from '@hono/zod-openapi';
import { refuseInvalid } from '../errors.js';

export const newRoutes = () => new OpenAPIHono({ defaultHook: refuseInvalid });

/** What a route answers with when all is well. */
export function json<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}

export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } };
}
