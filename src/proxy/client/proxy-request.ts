import { isIPv6 } from 'node:net';
import { badRequest } from '../failures.js';

/** A request to a proxy: for a tunnel, or (in absolute form, RFC 9112 3.2.2) to forward one plain request. */
export type ProxyRequest =
  | { type: 'tunnel'; host: string; port: number; authorization: string | null }
  | { type: 'forward'; host: string; port: number; authorization: string | null; head: ForwardHead };

/** The parts of a request head; every line as sent, without its line end. */
export interface ForwardHead {
  method: string;
  /** `http://host…` as sent. */
  target: string;
  /** Path and query of the target. */
  originTarget: string;
  version: string;
  lines: string[];
  /** The line end of the request line, kept for the whole head. */
  lineEnd: '\r\n' | '\n';
}

/**
 * Reads the head of a request to a proxy.
 * @param head with its empty line, bytes as latin1
 * @throws ProxyError bad_request
 */
export function parseProxyRequest(head: Buffer): ProxyRequest {
  const text = head.toString('latin1');
  const [requestLine = '', ...lines] = text.split(/\r?\n/).slice(0, -2);
  const [, method, target, version] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/(1\.[01])$/.exec(requestLine) ?? [];
  if (method === undefined || target === undefined || version === undefined) {
    throw badRequest('This is not an HTTP/1.1 request.');
  }
  const authorization = headerValue(lines, 'proxy-authorization');
  if (method === 'CONNECT') return { type: 'tunnel', ...parseAuthority(target, null), authorization };
  const [, authority, rest] = /^http:\/\/([^/?#@]*)(.*)$/is.exec(target) ?? [];
  if (authority === undefined || rest === undefined) {
    throw badRequest(
      'This is a proxy, not a web server. Use it as HTTPS_PROXY: it takes CONNECT and http:// requests only.',
    );
  }
  const originTarget = rest.startsWith('/') ? rest : `/${rest}`;
  const lineEnd = text[requestLine.length] === '\r' ? '\r\n' : '\n';
  const forward = { method, target, originTarget, version, lines, lineEnd } as const;
  return { type: 'forward', ...parseAuthority(authority, 80), authorization, head: forward };
}

/**
 * The head for the next hop: without Proxy-* lines, and with `Connection: close`, since one connection serves one request; an
 * Upgrade keeps its Connection. All other lines stay as they are, in their order.
 * @param nextHop set where it is a proxy too, which gets the absolute form and `lines`
 */
export function rewriteHead(
  head: ForwardHead,
  nextHop: { proxyAuthorization: string | null; lines?: readonly string[] } | null,
): Buffer {
  const { method, target, originTarget, version, lineEnd } = head;
  const upgrades = /(^|[\s,])upgrade([\s,]|$)/i.test(headerValue(head.lines, 'connection') ?? '');
  const lines = [`${method} ${nextHop ? target : originTarget} HTTP/${version}`];
  let closes = upgrades;
  let dropping = false;
  for (const line of head.lines) {
    // A line that starts with white space continues the one before (obs-fold).
    const continues = /^[ \t]/.test(line);
    if (!continues) {
      const name = headerName(line);
      const isConnection = name === 'connection' && !upgrades;
      dropping = name.startsWith('proxy-') || isConnection;
      if (isConnection && !closes) {
        lines.push('Connection: close');
        closes = true;
      }
    }
    if (!dropping) lines.push(line);
  }
  if (!closes) lines.push('Connection: close');
  if (nextHop?.proxyAuthorization) lines.push(`Proxy-Authorization: ${nextHop.proxyAuthorization}`);
  lines.push(...(nextHop?.lines ?? []));
  return Buffer.from(lines.concat('', '').join(lineEnd), 'latin1');
}

/** `host:port`, `[v6]:port`. @throws ProxyError bad_request */
function parseAuthority(text: string, defaultPort: number | null): { host: string; port: number } {
  const [, v6, name, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = v6 ?? name;
  const port = digits === undefined ? defaultPort : Number(digits);
  const valid = host !== undefined && host.length <= 255 && (v6 === undefined || isIPv6(v6));
  if (!valid || port === null || port < 1 || port > 65_535) {
    throw badRequest('The target is not a valid host:port.');
  }
  return { host, port };
}

function headerValue(lines: readonly string[], name: string): string | null {
  const line = lines.find((each) => headerName(each) === name);
  return line === undefined ? null : line.slice(line.indexOf(':') + 1).trim();
}

function headerName(line: string): string {
  return line
    .slice(0, Math.max(0, line.indexOf(':')))
    .trim()
    .toLowerCase();
}
