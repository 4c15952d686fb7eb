/** Which hosts are intercepted: exact names, `*.` suffixes, IP addresses, each with or without a port. */
export interface HostRule {
  /** Lower case, without `*.` and port. */
  name: string;
  /** True for `*.name`: matches subdomains only. */
  below: boolean;
  /** Null means all ports. */
  port: number | null;
}

/** Reads `api.anthropic.com`, `*.anthropic.com`, `localhost:8443`, `127.0.0.1`, `::1`, `[::1]:8443`. */
export function parseHostRule(text: string): HostRule {
  const trimmed = text.trim().toLowerCase();
  const below = trimmed.startsWith('*.');
  const { host, port } = splitPort(below ? trimmed.slice(2) : trimmed);
  return { name: normalHost(host), below, port };
}

export function matchesAny(rules: readonly HostRule[], host: string, port: number): boolean {
  const wanted = normalHost(host);
  return rules.some(
    (rule) =>
      (rule.port === null || rule.port === port) &&
      (rule.below ? wanted.endsWith(`.${rule.name}`) : wanted === rule.name),
  );
}

/** Normalizes a host: lower case, no brackets, no final dot. */
export function normalHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

/** Splits `host`, `host:port`, `[v6]`, `[v6]:port` and a bare IPv6 address; a port that is not a number stays in the host. */
export function splitPort(text: string): { host: string; port: number | null } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? { host: text, port: null } : { host, port: port === undefined ? null : Number(port) };
}
