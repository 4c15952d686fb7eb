import type { Env } from '../../base/env.js';
import { hostOf } from '../../base/host-and-port.js';
/** The corporate proxies that we chain to, by what the client asks for; null for a direct connection. Plain data. */
export interface UpstreamProxies {
  /** For tunnels (CONNECT), of any protocol. */
  https: UpstreamProxy | null;
  /** For plain http:// requests in absolute form. */
  http: UpstreamProxy | null;
}

export interface UpstreamProxy {
  protocol: 'http' | 'https';
  host: string;
  port: number;
  credentials: { username: string; password: string } | null;
}

/** The environment names a proxy that we cannot use. The message has no value, which may hold a password. */
export class UnusableUpstreamProxyError extends Error {
  override readonly name = 'UnusableUpstreamProxyError';

  constructor(variable: string, why: string) {
    super(`${variable} ${why}; set it to http://host:port or https://host:port, or unset it.`);
  }
}

/**
 * The proxies that the environment names: lower case first, `all_proxy` for a scheme without its own, and for https also that
 * for http, as in Claude Code and undici's EnvHttpProxyAgent. Upper-case HTTP_PROXY counts too, since Node programs read it. A
 * value without a scheme means http.
 *
 * A value that is not a URL, or names a kind of proxy that we do not support (SOCKS), is an error only for https, the traffic
 * that we trace. An unusable `http_proxy` or `all_proxy` is ignored, since it must not cost the whole session.
 * @throws UnusableUpstreamProxyError for an unusable https_proxy or HTTPS_PROXY
 */
export function upstreamProxiesFromEnv(env: Env): UpstreamProxies {
  const forAll = firstSet(env, 'all_proxy', 'ALL_PROXY');
  const forHttps = firstSet(env, 'https_proxy', 'HTTPS_PROXY');
  const forHttp = firstSet(env, 'http_proxy', 'HTTP_PROXY') ?? forAll;
  return {
    https: forHttps ? parseProxy(forHttps) : usable(forHttp),
    http: usable(forHttp),
  };
}

interface Setting {
  variable: string;
  value: string;
}

function firstSet(env: Env, ...variables: string[]): Setting | null {
  for (const variable of variables) {
    const value = env[variable]?.trim();
    if (value) return { variable, value };
  }
  return null;
}

function usable(setting: Setting | null): UpstreamProxy | null {
  try {
    return setting && parseProxy(setting);
  } catch (error) {
    if (error instanceof UnusableUpstreamProxyError) return null;
    throw error;
  }
}

function parseProxy({ variable, value }: Setting): UpstreamProxy {
  let url: URL;
  try {
    url = new URL(value.includes('://') ? value : `http://${value}`);
  } catch {
    throw new UnusableUpstreamProxyError(variable, 'is not a URL');
  }
  const protocol = url.protocol === 'http:' ? 'http' : url.protocol === 'https:' ? 'https' : null;
  if (protocol === null) {
    throw new UnusableUpstreamProxyError(
      variable,
      `names a ${url.protocol.slice(0, -1)} proxy, which is not supported`,
    );
  }
  const { username, password } = url;
  return {
    protocol,
    host: hostOf(url),
    port: Number(url.port) || (protocol === 'http' ? 80 : 443),
    credentials: username || password ? { username: decodePercent(username), password: decodePercent(password) } : null,
  };
}

/** A `%` that escapes nothing is kept: users paste passwords into this variable as they are. */
function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
