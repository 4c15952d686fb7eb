import type { ExchangeKind } from '../../model/exchange.js';

/** The first match wins. Paths may have any prefix, since gateways add their own. */
const RULES: readonly (readonly [kind: ExchangeKind, path: RegExp])[] = [
  ['oauth', /\/oauth\/(?:token|revoke|introspect|device)\b|\/v1\/oauth\/|\/api\/oauth\/|\/create_api_key\b/],
  ['messages', /\/v1\/messages\/?$/],
  ['count_tokens', /\/v1\/messages\/count_tokens\/?$/],
  ['telemetry', /\/api\/(?:event_logging|claude_code|eval)(?:\/|$)/],
  // Statsig's and Sentry's own endpoints.
  ['telemetry', /\/(?:rgstr|log_event|sdk_exception)\/?$|\/api\/\d+\/(?:envelope|store)\/?$/],
];

const TELEMETRY_HOST = /(?:^|\.)(?:statsig(?:api)?|featuregates|sentry|datadoghq)\.|(?:^|[.-])statsig(?:[.-]|$)/;

/** Where a server of MCP that authorizes its clients itself does so, unless its metadata say otherwise (MCP 2025-03-26). */
const MCP_AUTHORIZATION = /\/(?:authorize|token|register|revoke)\/?$/;

/** Where requests to MCP servers go. */
export interface McpAddresses {
  /** Every request to these hosts is one. */
  hosts: readonly string[];
  /** The addresses of servers. One with the transport `sse` names further paths of its host while it runs. */
  servers: readonly { url: string; hasOwnPaths: boolean }[];
}

const NO_ADDRESSES: McpAddresses = { hosts: [], servers: [] };

/** What a request was for, by its host, port and target in any form. */
export type KindOf = (request: { host: string; port: number; target: string }) => ExchangeKind;

export function createKindOf({ hosts, servers }: McpAddresses = NO_ADDRESSES): KindOf {
  const paths = new Set<string>();
  const ownHosts = new Set<string>(hosts.map((host) => addressOf(host, 443)));
  const withOwnPaths = new Set<string>(ownHosts);
  for (const { url, hasOwnPaths } of servers) {
    if (!URL.canParse(url)) continue;
    const { protocol, hostname, port, pathname } = new URL(url);
    const address = addressOf(hostname, Number(port) || (protocol === 'http:' ? 80 : 443));
    ownHosts.add(address);
    paths.add(address + withoutSlash(pathname));
    if (hasOwnPaths) withOwnPaths.add(address);
  }
  return ({ host, port, target }) => {
    const path = pathOf(target);
    const address = addressOf(host, port);
    if (paths.has(address + withoutSlash(path))) return 'mcp';
    for (const [kind, pattern] of RULES) if (pattern.test(path)) return kind;
    if (ownHosts.has(address) && MCP_AUTHORIZATION.test(path)) return 'oauth';
    if (withOwnPaths.has(address) && !path.startsWith('/.well-known/')) return 'mcp';
    return TELEMETRY_HOST.test(host.toLowerCase()) ? 'telemetry' : 'other';
  };
}

function addressOf(host: string, port: number): string {
  return `${host.toLowerCase().replace(/^\[(.*)\]$/, '$1')} ${port} `;
}

/** Servers answer with a redirection where one of the forms is not theirs. */
function withoutSlash(path: string): string {
  return path.replace(/\/$/, '');
}

function pathOf(target: string): string {
  const withoutQuery = target.split(/[?#]/, 1)[0] ?? '';
  return withoutQuery.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
}
