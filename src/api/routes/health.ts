import { z } from '@hono/zod-openapi';
import { text } from '../schemas/fields.js';
import { json, newRoutes, operation } from './route.js';

const health = operation('get', '/healthz', 'getHealth', 'Whether the server answers; needs no token', {
  security: [],
  responses: { 200: json('it does', z.object({ status: z.literal('ok'), version: text('0.1.0') }).openapi('Health')) },
});

export function healthRoutes(version: string) {
  return newRoutes().openapi(health, (context) => context.json({ status: 'ok' as const, version }, 200));
}
