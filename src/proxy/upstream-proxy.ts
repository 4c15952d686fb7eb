/** A corporate proxy that we chain to. Plain data. */
export interface UpstreamProxy {
  protocol: 'http' | 'https';
  host: string;
  port: number;
  credentials: { username: string; password: string } | null;
}

/** The environment names a proxy that we cannot use. The value is not repeated: it may hold a password. */
export class UnusableUpstreamProxyError extends Error {
  override readonly name = 'UnusableUpstreamProxyError';

  constructor(variable: string, why: string) {
    super(`${variable} ${why}; set it to http://host:port or https://host:port, or unset it.`);
  }
}

/** HTTPS first, since that is the traffic; lower case first, as in curl. */
const VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'] as const;

/**
 * The proxy that the environment asks for; null when none. A value without a scheme means http.
 * @throws UnusableUpstreamProxyError for what is no URL, and for kinds of proxy we do not speak (SOCKS)
 */
export function upstreamProxyFromEnv(env: Readonly<Record<string, string | undefined>>): UpstreamProxy | null {
  for (const variable of VARIABLES) {
    const value = env[variable]?.trim();
    if (value) return parseProxy(variable, value);
  }
  return null;
}

function parseProxy(variable: string, value: string): UpstreamProxy {
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
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (protocol === 'http' ? 80 : 443),
    credentials: username || password ? { username: decodePercent(username), password: decodePercent(password) } : null,
  };
}

/** A `%` that escapes nothing stands for itself: passwords are pasted into this variable as they are. */
function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
