import type { IncomingMessage, ServerResponse } from 'node:http';

const METHODS = 'GET, POST, DELETE, OPTIONS';
const REQUEST_HEADERS =
  'authorization, x-api-key, content-type, accept, last-event-id, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name';
/** Arguments of calls, whose names are those of a server's tools. */
const PARAM_HEADER = /^mcp-param-[\w!#$%&'*+.^`|~-]+$/i;
const ANSWER_HEADERS = 'mcp-session-id, mcp-protocol-version, www-authenticate, retry-after';
const MAX_AGE_S = '600';

/** Whether a browser asks what a page of the configured origins may send. */
export function isPreflight({ method, headers }: IncomingMessage, origins: readonly string[]): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && origins.includes(headers.origin);
}

/** Lets pages of the configured origins read answers (CORS). */
export function allowPage({ headers }: IncomingMessage, response: ServerResponse, origins: readonly string[]): void {
  const { origin } = headers;
  if (origin === undefined || !origins.includes(origin)) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', ANSWER_HEADERS);
  response.setHeader('vary', 'origin');
}

export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', METHODS);
  response.setHeader('access-control-allow-headers', [REQUEST_HEADERS, ...paramHeaders(request)].join(', '));
  response.setHeader('access-control-max-age', MAX_AGE_S);
  response.writeHead(204).end();
}

/** Those of a preflight. CORS has no pattern for names: `*` would not allow `authorization`. */
function paramHeaders({ headers }: IncomingMessage): string[] {
  const asked = headers['access-control-request-headers'] ?? '';
  return asked
    .split(',')
    .map((name) => name.trim())
    .filter((name) => PARAM_HEADER.test(name));
}
