import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { listenOn } from '../../base/listen-on.js';
import { isLoopback } from '../../base/own-host.js';
import { isSameSecret } from '../../base/same-secret.js';
import type { MetricsConfig } from '../config/schema.js';
import { plainAddress } from '../server/client-address.js';
import type { Metrics } from './metrics.js';

/**
 * Answers `/metrics` at the address that clients use. Without a token, only programs on this machine may read them, and not through a
 * proxy: metrics name routes, tools and rules.
 */
export function answerScrape(
  request: IncomingMessage,
  response: ServerResponse,
  { enabled, listen, token }: MetricsConfig,
  metrics: Metrics,
): void {
  if (!enabled || listen !== undefined) answer(response, 404, 'Not Found\n');
  else if (token === undefined && !isLocal(request)) answer(response, 403, 'Forbidden: set metrics.token\n');
  else answerMetrics(request, response, token, metrics);
}

/**
 * A separate address for Prometheus; null if none is configured.
 * @param config the one in use: a reload may change the token
 * @throws CannotListenError
 */
export async function listenForScrapes(config: () => MetricsConfig, metrics: Metrics): Promise<Server | null> {
  const { enabled, listen } = config();
  if (!enabled || listen === undefined) return null;
  const server = createServer((request, response) => {
    if (request.url?.split('?', 1)[0] === '/metrics') answerMetrics(request, response, config().token, metrics);
    else answer(response, 404, 'Not Found\n');
  });
  await listenOn(server, 'gateway', listen.host, listen.port);
  return server;
}

function answerMetrics(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  token: string | undefined,
  metrics: Metrics,
): void {
  if (method !== 'GET' && method !== 'HEAD') {
    answer(response, 405, 'Method Not Allowed\n', { allow: 'GET' });
  } else if (token !== undefined && !isSameSecret(headers.authorization ?? '', `Bearer ${token}`)) {
    answer(response, 401, 'Unauthorized\n', { 'www-authenticate': 'Bearer' });
  } else {
    metrics.text().then(
      (text) => answer(response, 200, text, { 'content-type': metrics.contentType }),
      () => answer(response, 500, 'Internal Server Error\n'),
    );
  }
}

function answer(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'cache-control': 'no-store', ...headers }).end(text);
}

function isLocal({ socket, headers }: IncomingMessage): boolean {
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
  return !isForwarded && isLoopback(plainAddress(socket.remoteAddress ?? ''));
}
