import type { ApiKey, AuthConfig, AuthProvider, RouteAuth } from '../config/auth-schema.js';
import type { Route } from '../config/route-schema.js';

/** The clients that a route admits. */
export interface RouteAccess {
  route: string;
  /** Whether clients without a credential are refused. */
  isRequired: boolean;
  /** Address of the route, the `resource` of RFC 8707 and RFC 9728. */
  resource: string;
  /** The second address, `/mcp`, if this is the gateway's only route; otherwise null. */
  shortResource: string | null;
  /** Addresses that `aud` may name, besides those of the provider. */
  audiences: readonly string[];
  /** Names of providers. */
  providers: ReadonlySet<string>;
  issuers: readonly string[];
  apiKeys: readonly ApiKey[];
  login: boolean;
  scopes: readonly string[];
  toolScopes: RouteAuth['tools'];
}

/**
 * @param publicUrl origin of the gateway, without a slash at the end
 * @param isOnly the gateway has no other route
 * @returns null without `auth`: anyone
 */
export function routeAccess(
  { name: route, auth: own }: Pick<Route, 'name' | 'auth'>,
  auth: AuthConfig | undefined,
  publicUrl: string,
  isOnly: boolean,
): RouteAccess | null {
  if (auth === undefined) return null;
  const providers = own?.providers ?? Object.keys(auth.providers);
  const resource = `${publicUrl}/mcp/${route}`;
  const shortResource = isOnly ? `${publicUrl}/mcp` : null;
  return {
    route,
    isRequired: own?.required ?? true,
    resource,
    shortResource,
    // Clients that found the metadata at the root ask for the whole gateway, some with a slash.
    audiences: [resource, ...(shortResource === null ? [] : [shortResource]), publicUrl, `${publicUrl}/`],
    providers: new Set(providers),
    issuers: providers.flatMap((name) => providerOf(auth, name)?.issuer ?? []),
    apiKeys: own?.api_keys === false ? [] : auth.api_keys,
    login: own?.login !== false && auth.login !== undefined && providers.includes(auth.login.provider),
    scopes: own?.scopes ?? [],
    toolScopes: own?.tools ?? {},
  };
}

/** The resource that a request names. @param url path, with or without a query */
export function resourceAt({ resource, shortResource }: RouteAccess, url: string): string {
  return shortResource !== null && /^\/mcp(\?|$)/.test(url) ? shortResource : resource;
}

function providerOf({ providers }: AuthConfig, name: string): AuthProvider | undefined {
  return Object.hasOwn(providers, name) ? providers[name] : undefined;
}
