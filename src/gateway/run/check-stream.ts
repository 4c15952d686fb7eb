import { now } from '../../base/clock.js';
import { describeError } from '../../base/error-text.js';
import { isRefusal } from '../request.js';
import type { OpenStream } from '../route/open-streams.js';
import type { Running } from './running.js';

/** Ends a stream whose client could not open it now. Never throws. */
export async function checkStream(stream: OpenStream, { routes, context }: Running): Promise<void> {
  const { exchange } = stream;
  const route = routes.get(exchange.ending.route ?? '')?.route;
  if (route === undefined) return stream.end();
  try {
    const identity = await context.authenticate(exchange, route, true);
    // Without its issuer, nobody knows whether the credential is still good.
    if (isRefusal(identity) && identity.status === 503) return;
    const isSame = !isRefusal(identity) && (identity?.subject ?? null) === exchange.ending.subject;
    if (!isSame || context.authorize(exchange, route, identity, []) !== null) return stream.end();
    stream.expireAt(identity?.expiresAt ?? null);
  } catch (error) {
    context.report({ type: 'problem', at: now(), part: 'auth', message: describeError(error) });
  }
}
