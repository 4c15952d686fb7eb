import type { Env } from '../base/env.js';
import { CONNECTOR_HOST, isIntercepted, type KnownMcpServer } from '../mcp/discover/index.js';
import {
  matchesAny,
  noProxyMatches,
  parseHostRule,
  type UpstreamProxies,
  upstreamProxiesFromEnv,
} from '../proxy/index.js';
import { type Config, DEFAULT_CONFIG } from '../settings/config.js';

/** What `wrap` decides before it starts anything. */
export interface LaunchPlan {
  /** Hosts whose traffic is read: the configured ones, that of ANTHROPIC_BASE_URL with its port, and `mcpHosts`. */
  interceptHosts: string[];
  /** Hosts of MCP servers, with ports, as far as they are not read for another reason. */
  mcpHosts: string[];
  /** Hosts on which rules may act: never those of the Claude API. */
  ruledHosts: string[];
  /** The corporate proxies in the environment, which we chain to. */
  upstreamProxies: UpstreamProxies;
  /** The hosts that the environment excludes from those proxies: it decides our next hop, not the child's. */
  noProxy: string;
  /** Problems that do not stop the launch. */
  warnings: string[];
}

/**
 * @param env the child's environment, overridden by the `env` settings of Claude Code (they win there, seen in 2.1.329)
 * @param servers MCP servers in Claude Code's configuration; null: MCP is not recorded
 */
export function planLaunch(config: Config, env: Env, servers: readonly KnownMcpServer[] | null = null): LaunchPlan {
  const warnings: string[] = [];
  const interceptHosts = config.intercept_hosts.map((host) => host.toLowerCase());
  const target = targetOf(env.ANTHROPIC_BASE_URL);
  if (target) interceptHosts.push(target.toLowerCase());
  else if (env.ANTHROPIC_BASE_URL) {
    warnings.push('ANTHROPIC_BASE_URL is not a URL; only the configured hosts are traced.');
  }
  if (env.CLAUDE_CODE_CLIENT_CERT) {
    // The client proves its key to the server inside the handshake, which only a blind tunnel allows.
    warnings.push(
      'CLAUDE_CODE_CLIENT_CERT is set: API connections are forwarded without being read, so nothing will be captured.',
    );
    interceptHosts.length = 0;
  }
  const urls = interceptHosts.length === 0 || servers === null ? null : urlsOf(servers);
  const mcpHosts = urls === null ? [] : hostsOf([`https://${CONNECTOR_HOST}`, ...urls], interceptHosts);
  return {
    interceptHosts: [...new Set([...interceptHosts, ...mcpHosts])],
    mcpHosts,
    // Even if the configuration names others.
    ruledHosts: hostsOf(urls ?? [], [...interceptHosts, ...DEFAULT_CONFIG.intercept_hosts]),
    upstreamProxies: upstreamProxiesFromEnv(env),
    // Lower case wins, as in curl and Claude Code 2.1.329.
    noProxy: env.no_proxy ?? env.NO_PROXY ?? '',
    warnings,
  };
}

function urlsOf(servers: readonly KnownMcpServer[]): string[] {
  return servers.filter(isIntercepted).flatMap(({ url }) => url ?? []);
}

/** Hosts and ports of URLs, without those that are intercepted anyway. */
function hostsOf(urls: readonly string[], interceptHosts: readonly string[]): string[] {
  const rules = interceptHosts.map(parseHostRule);
  const hosts = urls.flatMap((url) => {
    const target = targetOf(url)?.toLowerCase();
    const rule = parseHostRule(target ?? '');
    return target === undefined || matchesAny(rules, rule.name, rule.port ?? 443) ? [] : [target];
  });
  return [...new Set(hosts)];
}

/** The servers with URLs on which rules act. */
export function ruledServers(
  servers: readonly KnownMcpServer[],
  { ruledHosts }: Pick<LaunchPlan, 'ruledHosts'>,
): { name: string; url: string; transport: 'http' | 'sse' }[] {
  return servers.filter(isIntercepted).flatMap(({ name, url, transport }) => {
    const isRuled = url !== null && ruledHosts.includes(targetOf(url)?.toLowerCase() ?? '');
    return isRuled ? [{ name, url, transport: transport === 'sse' ? 'sse' : 'http' }] : [];
  });
}

/** How the child reaches the running proxy. */
export interface ProxyAddress {
  port: number;
  credentials: { username: string; password: string };
  /** A file with our CA certificate and those of NODE_EXTRA_CA_CERTS. */
  caFile: string;
  /** A file with the system's roots and our CA for programs that ignore NODE_EXTRA_CA_CERTS; null without `--trust-env`. */
  trustFile: string | null;
  /** A file with the system's roots and our CA, for a Claude Code whose settings override `caFile`; null: they do not. */
  systemFile?: string | null;
}

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'] as const;
const NO_PROXY_VARIABLES = ['NO_PROXY', 'no_proxy'] as const;
const TRUST_VARIABLES = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'GIT_SSL_CAINFO'] as const;

/**
 * The child's environment: with proxy and trust variables, and NO_PROXY without the hosts that we read. SSL_CERT_FILE is set
 * only where Claude Code's settings override our certificate. Nothing else is changed.
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
  // Claude Code 2.1 also reads the system's store, and finds it by this variable.
  if (proxy.systemFile) child.SSL_CERT_FILE = proxy.systemFile;
  if (proxy.trustFile) for (const name of TRUST_VARIABLES) child[name] = proxy.trustFile;
  return child;
}

export function proxyUrl({ port, credentials }: Pick<ProxyAddress, 'port' | 'credentials'>): string {
  return `http://${credentials.username}:${credentials.password}@127.0.0.1:${port}`;
}

/** NO_PROXY without entries that match a host that we read. */
export function withoutInterceptedHosts(noProxy: string, interceptHosts: readonly string[]): string {
  return noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '' && !interceptHosts.some((host) => excludes(entry, host)))
    .join(',');
}

/** An entry excludes a pattern `*.domain` when it matches any name below the domain, and a host with a port only on that port. */
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

/** `host:port`: other ports of the same machine are not the API. */
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
