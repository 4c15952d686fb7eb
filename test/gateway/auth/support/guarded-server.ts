import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { type Auth, createAuth } from '../../../../src/gateway/auth/index.js';
import { parseGatewayConfig } from '../../../../src/gateway/config/load-config.js';
import type { GatewayFact } from '../../../../src/gateway/facts.js';
import { createSharedState } from '../../../../src/gateway/shared/shared-state.js';
import { listenOnLoopback } from '../../../support/loopback.js';

/** A server that has only the authentication of a gateway, and answers with the identity of the client. */
export interface GuardedServer {
  url: string;
  auth: Auth;
  facts: GatewayFact[];
  /** Requests that were let in. */
  admitted: number;
}

/**
 * @param yaml of a configuration, for the address of the server; without `version`
 * @param onEnd gets what closes the server
 */
export async function startGuarded(
  yaml: (url: string) => string,
  onEnd: (close: () => Promise<void>) => void = onTestFinished,
): Promise<GuardedServer> {
  const server = createServer(async (request, response) => {
    const ip = request.socket.remoteAddress ?? '';
    if (await guarded.auth.handle(request, response, ip)) return;
    const { url = '', headersDistinct: headers } = request;
    const [, route = ''] = /^\/mcp\/([\w-]+)/.exec(url) ?? [];
    const body = await text(request);
    const asked = { id: 'r1', route, url, headers, ip };
    const result = await guarded.auth.authenticate(asked);
    const identity = 'identity' in result ? result.identity : null;
    const tools = body === '' ? [] : (JSON.parse(body) as { tools: string[] }).tools;
    const refusal = 'refusal' in result ? result.refusal : guarded.auth.scopesMissing(asked, identity, tools);
    if (refusal !== null) {
      if (refusal.fact !== null) guarded.facts.push(refusal.fact);
      response.writeHead(refusal.status, { ...refusal.headers }).end(JSON.stringify(refusal.body));
      return;
    }
    guarded.admitted++;
    // With its length: rawRequest reads no chunks.
    const said = JSON.stringify(identity);
    response.writeHead(200, { 'content-length': Buffer.byteLength(said) }).end(said);
  });
  const { url, close } = await listenOnLoopback(server);
  onEnd(close);
  const config = parseGatewayConfig(`version: 1\n${yaml(url)}`, 'gateway.yaml', {});
  const facts: GatewayFact[] = [];
  const guarded: GuardedServer = {
    url,
    facts,
    admitted: 0,
    auth: createAuth(config, {
      publicUrl: url,
      folder: tmpdir(),
      state: createSharedState(null),
      report: (fact) => facts.push(fact),
      onRevoked() {},
    }),
  };
  return guarded;
}

/** The answer to a request with exactly these lines of headers, which fetch would join or refuse. */
export async function rawRequest(
  url: string,
  { method = 'POST', path, headers }: { method?: string; path: string; headers: readonly string[] },
): Promise<{ status: number; headers: Headers; body: string }> {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write([`${method} ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close', ...headers, '', ''].join('\r\n'));
  const answer = await text(socket);
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  return {
    status: Number(first.split(' ')[1]),
    headers: new Headers(lines.map((line) => line.split(': ', 2) as [string, string])),
    body: rest.join('\r\n\r\n'),
  };
}
