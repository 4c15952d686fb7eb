import { UsageError } from '../../base/errors.js';
import type { HeaderList } from '../../model/exchange.js';
import type { Route, UpstreamConfig } from '../config/route-schema.js';
import type { Identity } from '../request.js';
import { createHttpTarget } from './http-target.js';
import type { Target } from './target.js';

/** What authenticates the gateway at an upstream, for the client's identity. @throws UpstreamError */
export type CredentialsFor = (route: Route, upstream: UpstreamConfig, identity: Identity | null) => Promise<HeaderList>;

/** The upstreams of a route. @throws UsageError for a configuration that cannot be used */
export function openTargets(route: Route, credentialsFor: CredentialsFor): Target[] {
  return route.upstreams.map((config) => {
    if (!('url' in config)) throw new UsageError(`Route ${route.name}: this version has no stdio upstreams.`);
    return createHttpTarget({
      config,
      healthPath: route.health.path ?? null,
      credentialsFor: (identity) => credentialsFor(route, config, identity),
    });
  });
}
