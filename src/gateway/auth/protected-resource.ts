import type { RouteAccess } from './route-access.js';

/** The document of RFC 9728: where a client gets a token for this resource. */
export interface ResourceMetadata {
  resource: string;
  authorization_servers: readonly string[];
  bearer_methods_supported: readonly ['header'];
  scopes_supported?: readonly string[];
}

/**
 * The documents of all addresses of a route, since clients compare the address with the one that they use. They name the scopes that every
 * request needs; the others are asked for when a call needs them.
 */
export function routeMetadata({ resource, shortResource, issuers, scopes }: RouteAccess): ResourceMetadata[] {
  const resources = shortResource === null ? [resource] : [resource, shortResource];
  return resources.map((each) => metadata(each, issuers, scopes));
}

/** The document of the whole gateway, for clients that look only at the root. */
export function rootMetadata(publicUrl: string, routes: readonly RouteAccess[]): ResourceMetadata {
  return metadata(
    publicUrl,
    routes.flatMap(({ issuers }) => issuers),
    routes.flatMap(({ scopes }) => scopes),
  );
}

function metadata(resource: string, issuers: readonly string[], scopes: readonly string[]): ResourceMetadata {
  return {
    resource,
    authorization_servers: [...new Set(issuers)],
    bearer_methods_supported: ['header'],
    ...(scopes.length === 0 ? {} : { scopes_supported: [...new Set(scopes)] }),
  };
}
