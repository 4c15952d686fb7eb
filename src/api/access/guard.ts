import type { MiddlewareHandler } from 'hono';
import { ApiError } from '../errors.js';
import { isForeign, isOwnName } from './names.js';
import type { Refusals } from './refusals.js';
import { carriesToken } from './token.js';

/** What tells nothing of anybody, so that a browser can show it. */
const OPEN = new Set(['/healthz', '/openapi.json', '/docs']);

interface Guarded {
  token: string;
  /** Where the server was told to listen. */
  host: string;
  refusals: Refusals;
}

/** Lets pass who speaks to this server by its own name, from no other site, and with the token. */
export function guard({ token, host, refusals }: Guarded): MiddlewareHandler {
  return async (context, next) => {
    const header = (name: string) => context.req.header(name);
    if (!isOwnName(header('host'), host)) {
      refusals.note('host');
      throw new ApiError(403, 'The Host header does not name this server: ask it by its address.');
    }
    if (isForeign({ host: header('host'), origin: header('origin'), site: header('sec-fetch-site') })) {
      refusals.note('origin');
      throw new ApiError(403, 'Pages of other sites get no answer.');
    }
    if (!OPEN.has(context.req.path) && !carriesToken(header('authorization'), token)) {
      refusals.note('token');
      throw new ApiError(401, 'Give the token: Authorization: Bearer … (claude-trace config token prints it).');
    }
    await next();
  };
}
