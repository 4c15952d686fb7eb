import type { Writable } from 'node:stream';
import type { HeaderList } from '../../model/exchange.js';
import type { Route, UpstreamConfig } from '../config/route-schema.js';
import type { Report } from '../facts.js';
import type { Identity } from '../request.js';
import { createHttpTarget } from './http-target.js';
import { StdioTarget } from './stdio/stdio-target.js';
import type { Target } from './target.js';

/** What authenticates the gateway at an upstream, for the client's identity. @throws UpstreamError */
export type CredentialsFor = (route: Route, upstream: UpstreamConfig, identity: Identity | null) => Promise<HeaderList>;

/** The upstreams of a route. Starts children where the configuration wants some to wait. */
export function openTargets(route: Route, credentialsFor: CredentialsFor, report: Report, stderr?: Writable): Target[] {
  return route.upstreams.map((config) => {
    if ('command' in config) {
      const { session_idle: sessionIdleMs, session_age: sessionAgeMs } = route.limits;
      return new StdioTarget(config, { route: route.name, sessionIdleMs, sessionAgeMs, report, stderr });
    }
    return createHttpTarget({
      config,
      healthPath: route.health.path ?? null,
      credentialsFor: (identity) => credentialsFor(route, config, identity),
    });
  });
}
