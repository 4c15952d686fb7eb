import type { MiddlewareHandler } from 'hono';
import { isForeign, isOwnName } from '../../base/own-host.js';
import { ApiError } from '../errors.js';
import type { Refusals } from './refusals.js';
import { carriesToken } from './token.js';

/** Paths without private data, which a browser can open without the token. */
const OPEN = new Set(['/healthz', '/openapi.json', '/docs']);

interface Guarded {
  token: string;
  /** The address where the server listens. */
  host: string;
  refusals: Refusals;
}

/** Allows requests that name this server, come from no other site, and carry the token. */
export function guard({ token, host, refusals }: Guarded): MiddlewareHandler {
  return async (context, next) => {
    const header = (name: string) => context.req.header(name);
    if (!isOwnName(header('host'), host)) {
      refusals.note('host');
      throw new ApiError(403, 'The Host header does not name this server. Use its address.');
    }
    if (isForeign({ host: header('host'), origin: header('origin'), site: header('sec-fetch-site') })) {
      refusals.note('origin');
      throw new ApiError(403, 'Requests from pages of other sites are refused.');
    }
    if (!OPEN.has(context.req.path) && !carriesToken(header('authorization'), token)) {
      refusals.note('token');
      throw new ApiError(
        401,
        'The token is missing or wrong. Send Authorization: Bearer … (claude-trace config token prints it).',
      );
    }
    await next();
  };
}
