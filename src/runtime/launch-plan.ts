import type { Env } from '../base/env.js';
import { noProxyMatches, type UpstreamProxies, upstreamProxiesFromEnv } from '../proxy/index.js';
import type { Config } from '../settings/config.js';

/** What `wrap` needs to know before anything is started. Made by a pure function, so that every rule has a plain test. */
export interface LaunchPlan {
  /** Hosts whose traffic is read: the configured ones, and host and port of ANTHROPIC_BASE_URL. */
  interceptHosts: string[];
  /** The corporate proxies that the environment names; we chain to them. */
  upstreamProxies: UpstreamProxies;
  /** What the environment excludes from those proxies; decides our own next hop, not the child's. */
  noProxy: string;
  /** Things the user should know; none of them stops the launch. */
  warnings: string[];
}

/** Base URL settings of Claude Code whose host is an API host: the first-party one and the cloud gateways. */
const BASE_URL_VARIABLES = ['ANTHROPIC_BASE_URL'] as const;

/**
 * @param env environment the child would have, Claude Code's own `env` settings laid over it (they win there, seen in 2.1.329)
 */
export function planLaunch(config: Config, env: Env): LaunchPlan {
  const warnings: string[] = [];
  const interceptHosts = [...config.intercept_hosts];
  for (const variable of BASE_URL_VARIABLES) {
    const target = targetOf(env[variable]);
    if (target) interceptHosts.push(target);
    else if (env[variable]) warnings.push(`${variable} is not a URL; only the configured hosts are traced.`);
  }
  if (env.CLAUDE_CODE_CLIENT_CERT) {
    // The client proves its key to the server inside the handshake: only a blind tunnel leaves that possible.
    warnings.push('CLAUDE_CODE_CLIENT_CERT is set: API connections are tunnelled unread, so nothing will be captured.');
    return { interceptHosts: [], upstreamProxies: upstreamProxiesFromEnv(env), noProxy: noProxyOf(env), warnings };
  }
  return {
    interceptHosts: [...new Set(interceptHosts.map((host) => host.toLowerCase()))],
    upstreamProxies: upstreamProxiesFromEnv(env),
    noProxy: noProxyOf(env),
    warnings,
  };
}

/** What the running proxy adds to the plan. */
export interface ProxyAddress {
  port: number;
  credentials: { username: string; password: string };
  /** File with our CA certificate and whatever NODE_EXTRA_CA_CERTS held before. */
  caFile: string;
  /** File with the system roots and our CA for programs that read no NODE_EXTRA_CA_CERTS; null unless `--trust-env`. */
  trustFile: string | null;
  /** File with what the system trusts and our CA, for a Claude Code whose settings take the place of `caFile`; null: it reads that. */
  systemFile?: string | null;
}

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'] as const;
const NO_PROXY_VARIABLES = ['NO_PROXY', 'no_proxy'] as const;
const TRUST_VARIABLES = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'GIT_SSL_CAINFO'] as const;

/**
 * The child's environment: proxy and trust variables set, NO_PROXY cleaned of hosts we read, nothing else changed; but for
 * SSL_CERT_FILE where Claude Code's settings take the place of our certificate.
 */
export function childEnvironment(env: Env, plan: LaunchPlan, proxy: ProxyAddress): Record<string, string> {
  const child: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) child[name] = value;
  for (const name of PROXY_VARIABLES) child[name] = proxyUrl(proxy);
  for (const name of NO_PROXY_VARIABLES) {
    const value = env[name];
    if (value === undefined) continue;
    const cleaned = withoutInterceptedHosts(value, plan.interceptHosts);
    if (cleaned) child[name] = cleaned;
    else delete child[name];
  }
  child.NODE_EXTRA_CA_CERTS = proxy.caFile;
  // Claude Code 2.1 reads the system's store as well, and finds it by this variable.
  if (proxy.systemFile) child.SSL_CERT_FILE = proxy.systemFile;
  if (proxy.trustFile) for (const name of TRUST_VARIABLES) child[name] = proxy.trustFile;
  return child;
}

export function proxyUrl({ port, credentials }: Pick<ProxyAddress, 'port' | 'credentials'>): string {
  return `http://${credentials.username}:${credentials.password}@127.0.0.1:${port}`;
}

/** NO_PROXY without entries that cover a host we read. */
export function withoutInterceptedHosts(noProxy: string, interceptHosts: readonly string[]): string {
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '' && !interceptHosts.some((host) => excludes(entry, host)))
    .join(',');
}

/** A pattern `*.domain` is excluded by an entry that covers any name below it; a host with a port only on that port. */
function excludes(entry: string, interceptHost: string): boolean {
  const [, host = '', port] = /^(.*?)(?::(\d+))?$/.exec(interceptHost) ?? [];
  if (port) return noProxyMatches(entry, host, Number(port));
  const bare = entry.replace(/:\d+$/, '');
  if (!host.startsWith('*.')) return noProxyMatches(bare, host, 443);
  return noProxyMatches(bare, host.replace('*', 'any'), 443) || isBelow(bare, host.slice(2));
}

function isBelow(entry: string, domain: string): boolean {
  return entry.toLowerCase().endsWith(`.${domain}`);
}

/** `host:port`: other servers on the same machine are not the API. */
function targetOf(url: string | undefined): string | null {
  if (!url) return null;
  try {
    const { protocol, hostname, port } = new URL(url);
    if (hostname === '') return null;
    return `${hostname}:${port || (protocol === 'http:' ? 80 : 443)}`;
  } catch {
    return null;
  }
}

/** Lower case wins, as in curl and Claude Code 2.1.329. */
function noProxyOf(env: Env): string {
  return env.no_proxy ?? env.NO_PROXY ?? '';
}
