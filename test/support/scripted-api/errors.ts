import { errorReply, type Reply } from '../../../src/scripted/reply.js';
import type { ReceivedRequest, Script } from '../../../src/scripted/scripted-api.js';

/** Errors by the API's own types and status codes: https://docs.claude.com/en/api/errors */
export function unauthorized(): Reply {
  return errorReply(401, 'authentication_error', 'invalid x-api-key', { 'x-should-retry': 'false' });
}

/** @param retryAfter seconds that the client is asked to wait */
export function rateLimited(retryAfter: number): Reply {
  return errorReply(429, 'rate_limit_error', 'This request would exceed your rate limit.', {
    'retry-after': String(retryAfter),
    'anthropic-ratelimit-requests-remaining': '0',
  });
}

export function overloaded(): Reply {
  return errorReply(529, 'overloaded_error', 'Overloaded', { 'x-should-retry': 'true' });
}

/** A script that answers the first requests of a kind with these replies in order, and later ones as `script` does. */
export function failFirst(replies: Reply[], concerns: (request: ReceivedRequest) => boolean, script: Script): Script {
  const waiting = [...replies];
  return (request) => {
    const failure = concerns(request) ? waiting.shift() : undefined;
    return failure ?? script(request);
  };
}
