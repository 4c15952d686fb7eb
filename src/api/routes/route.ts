import type { ServerResponse } from 'node:http';
import { OpenAPIHono, z } from '@hono/zod-openapi';
import { refuseInvalid } from '../errors.js';

/** What the server passes with a request that has a socket. */
interface ApiEnv {
  Bindings: { outgoing?: ServerResponse };
}

export type Routes = OpenAPIHono<ApiEnv>;

export const newRoutes = (): Routes => new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid });

/** A successful answer of a route. */
export function json<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, content: { 'application/json': { schema } } };
}

/** A captured body. Its type keeps browsers from showing it as a page. */
export const wireBytes = {
  description: 'the bytes as on the wire, with their content encoding',
  content: { 'application/octet-stream': { schema: z.string() } },
};

export function jsonBody<Schema extends z.ZodType>(schema: Schema) {
  return { required: true, content: { 'application/json': { schema } } };
}
