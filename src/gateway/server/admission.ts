import type { IncomingMessage } from 'node:http';
import { isCrossSite, isOwnName } from '../../base/own-host.js';
import type { GatewayConfig } from '../config/schema.js';
import { RPC, refusal } from '../refusals.js';
import { isRefusal, type Refusal } from '../request.js';

/** The purpose of a request. */
export type Target =
  | { kind: 'route'; name: string }
  /** `auth`: endpoints of authentication. */
  | { kind: 'health' | 'ready' | 'metrics' | 'auth' };

/** Decides by path, Host, Origin and the shape of the headers whether a request is admitted, and finds its purpose. */
export type Admit = (request: IncomingMessage) => Target | Refusal;

/** Headers that must not be repeated: the gateway and a server might use different ones. */
const SINGLE: ReadonlySet<string> = new Set([
  'host',
  'origin',
  'authorization',
  'content-type',
  'content-length',
  'transfer-encoding',
  'mcp-session-id',
  'mcp-protocol-version',
  'mcp-method',
  'mcp-name',
  'last-event-id',
]);

const ROUTE_PATH = /^\/mcp\/([a-z0-9][a-z0-9_-]{0,63})$/;

export function createAdmission({ listen, hosts, origins, public_url, routes }: GatewayConfig): Admit {
  const url = public_url === undefined ? null : new URL(public_url);
  const names = new Set([...hosts, ...(url === null ? [] : [url.hostname])].map((each) => each.toLowerCase()));
  const pages = new Set(url === null ? origins : [...origins, url.origin]);
  const only = routes.length === 1 ? (routes[0]?.name ?? null) : null;
  return (request) => {
    const { url: path = '', headers } = request;
    if (hasTwice(request)) return refusal(400, RPC.invalidRequest, 'Bad Request: a header is repeated');
    const { host, origin, 'sec-fetch-site': site } = headers;
    const target = targetOf(path.split('?', 1)[0] ?? '', only);
    if (!isOwnName(host, listen.host) && !names.has(hostOf(host))) {
      return refusal(403, RPC.refused, 'Forbidden: unknown host');
    }
    // An issuer sends browsers to the callback, and any page may read where tokens are issued: auth has checks of its own.
    if (!isRefusal(target) && target.kind === 'auth') return target;
    if (origin !== undefined ? !isOwnPage(origin, host, pages) : isCrossSite(site)) {
      return refusal(403, RPC.refused, 'Forbidden: origin not allowed');
    }
    return target;
  };
}

/** @param only name of the only route, which is also at the usual path `/mcp` */
function targetOf(path: string, only: string | null): Target | Refusal {
  const [, route] = ROUTE_PATH.exec(path) ?? [];
  if (route !== undefined) return { kind: 'route', name: route };
  if (path === '/mcp' && only !== null) return { kind: 'route', name: only };
  if (path === '/healthz') return { kind: 'health' };
  if (path === '/readyz') return { kind: 'ready' };
  if (path === '/metrics') return { kind: 'metrics' };
  if (path.startsWith('/auth/') || path.startsWith('/.well-known/')) return { kind: 'auth' };
  return notFound();
}

export function notFound(): Refusal {
  return refusal(404, RPC.refused, 'Not Found');
}

function hasTwice({ headers, rawHeaders }: IncomingMessage): boolean {
  // Node gives each name once: if there are as many, none is repeated.
  if (Object.keys(headers).length === rawHeaders.length / 2) return false;
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (!SINGLE.has(name)) continue;
    if (seen.has(name)) return true;
    seen.add(name);
  }
  return false;
}

/** Without the port, in lower case. */
function hostOf(header: string | undefined): string {
  return (header ?? '').toLowerCase().replace(/:\d{1,5}$/, '');
}

/** A page is ours if it comes from the host that it asks, which was checked. */
function isOwnPage(origin: string, host: string | undefined, pages: ReadonlySet<string>): boolean {
  if (pages.has(origin)) return true;
  return /^https?:\/\/(.+)$/.exec(origin)?.[1]?.toLowerCase() === host?.toLowerCase();
}
