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

const AUTHORIZATION_RULES = RULES.filter(([kind]) => kind === 'oauth');

const TELEMETRY_HOST = /(?:^|\.)(?:statsig(?:api)?|featuregates|sentry|datadoghq)\.|(?:^|[.-])statsig(?:[.-]|$)/;

/** Where a server of MCP that authorizes its clients itself does so, unless its metadata say otherwise (MCP 2025-03-26). */
const MCP_AUTHORIZATION = /\/(?:authorize|token|register|revoke)\/?$/;

/** Where requests to MCP servers go. */
export interface McpAddresses {
  /** Every request to these hosts is one. */
  hosts: readonly string[];
  /** The addresses of servers. One with the transport `sse` names further paths of its host while it runs. */
  servers: readonly { url: string; hasOwnPaths: boolean }[];
  /** `host:port` of those that serve nothing else: a path like those of the API means nothing there. Default: none. */
  exclusive?: readonly string[];
}

const NO_ADDRESSES: McpAddresses = { hosts: [], servers: [] };

/** What a request was for, by its host, port and target in any form. */
export type KindOf = (request: { host: string; port: number; target: string }) => ExchangeKind;

export function createKindOf({ hosts, servers, exclusive = [] }: McpAddresses = NO_ADDRESSES): KindOf {
  const isExclusive = isOneOf(exclusive);
  const paths = new Set<string>();
  const ownHosts = new Set<string>(hosts.map((host) => addressOf(host, 443)));
  const withOwnPaths = new Set<string>(ownHosts);
  for (const { url, hasOwnPaths } of servers) {
    if (!URL.canParse(url)) continue;
    const parsed = new URL(url);
    const address = addressOfUrl(parsed);
    ownHosts.add(address);
    paths.add(address + withoutSlash(parsed.pathname));
    if (hasOwnPaths) withOwnPaths.add(address);
  }
  return ({ host, port, target }) => {
    const path = pathOf(target);
    const address = addressOf(host, port);
    if (paths.has(address + withoutSlash(path))) return 'mcp';
    const rules = isExclusive(host, port) ? AUTHORIZATION_RULES : RULES;
    for (const [kind, pattern] of rules) if (pattern.test(path)) return kind;
    if (ownHosts.has(address) && MCP_AUTHORIZATION.test(path)) return 'oauth';
    if (withOwnPaths.has(address) && !path.startsWith('/.well-known/')) return 'mcp';
    return TELEMETRY_HOST.test(host.toLowerCase()) ? 'telemetry' : 'other';
  };
}

/** The address of the MCP server that a request goes to, one text for each; null: it goes elsewhere, such as to the API. */
export type ServerOf = (request: { host: string; port: number; target: string }) => string | null;

export function createServerOf({ exclusive = [] }: McpAddresses, kindOf: KindOf): ServerOf {
  const isExclusive = isOneOf(exclusive);
  return (request) => {
    const { host, port } = request;
    return isExclusive(host, port) || kindOf(request) === 'mcp' ? addressOf(host, port) : null;
  };
}

function isOneOf(targets: readonly string[]): (host: string, port: number) => boolean {
  const addresses = new Set(
    targets.map((target) => {
      const colon = target.lastIndexOf(':');
      return addressOf(target.slice(0, colon), Number(target.slice(colon + 1)));
    }),
  );
  return (host, port) => addresses.has(addressOf(host, port));
}

export function addressOfUrl({ protocol, hostname, port }: URL): string {
  return addressOf(hostname, Number(port) || (protocol === 'http:' ? 80 : 443));
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
