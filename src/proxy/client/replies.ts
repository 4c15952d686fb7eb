import type { Socket } from 'node:net';
import type { FailureKind, ProxyFailure } from '../facts.js';

/** The proxy's own answers, before a tunnel is open. After that it never makes up an answer. */
const STATUS: Readonly<Record<FailureKind, string>> = {
  bad_request: '400 Bad Request',
  unauthenticated: '407 Proxy Authentication Required',
  loop: '508 Loop Detected',
  dns: '502 Bad Gateway',
  refused: '502 Bad Gateway',
  unreachable: '502 Bad Gateway',
  timeout: '504 Gateway Timeout',
  upstream_proxy: '502 Bad Gateway',
  upstream_untrusted: '502 Bad Gateway',
  upstream_tls: '502 Bad Gateway',
  client_untrusting: '400 Bad Request',
  client_given_up: '400 Bad Request',
  client_tls: '400 Bad Request',
  internal: '500 Internal Server Error',
};

export const ESTABLISHED = 'HTTP/1.1 200 Connection Established\r\n\r\n';

/** Time for a refused client that goes on sending to read the answer. */
const LINGER_MS = 2_000;

/** Answers with the failure, in one write, and closes. */
export function refuse(client: Socket, failure: ProxyFailure): void {
  const body = `${failure.message}\n`;
  const head = [
    `HTTP/1.1 ${STATUS[failure.kind]}`,
    ...(failure.kind === 'unauthenticated' ? ['Proxy-Authenticate: Basic realm="claude-trace"'] : []),
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  client.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // Closing a socket with unread bytes sends a reset, which can overtake the answer: read until the client leaves.
  const timer = setTimeout(() => client.destroy(), LINGER_MS);
  client.once('close', () => clearTimeout(timer));
  client.on('data', () => {});
  client.resume();
}
