import type { ServerResponse } from 'node:http';
import { createRoute, OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi';
import { refuseInvalid } from '../errors.js';

/** What the server passes with a request that has a socket. */
interface ApiEnv {
  Bindings: { outgoing?: ServerResponse };
}

export type Routes = OpenAPIHono<ApiEnv>;

export const newRoutes = (): Routes => new OpenAPIHono<ApiEnv>({ defaultHook: refuseInvalid });

/** An operation of the API. Its tag is the part of its path behind `/api/claude/`. */
export function operation<
  Method extends 'get' | 'post' | 'put' | 'delete',
  Path extends string,
  Details extends Pick<RouteConfig, 'request' | 'responses' | 'description' | 'security'>,
>(method: Method, path: Path, operationId: string, summary: string, details: Details) {
  const [, , , tag = 'server'] = path.split('/');
  return createRoute({ method, path, operationId, tags: [tag], summary, ...details });
}

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
