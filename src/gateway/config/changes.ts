import { isDeepStrictEqual } from 'node:util';
import { UsageError } from '../../base/errors.js';
import type { Route } from './route-schema.js';
import type { GatewayConfig } from './schema.js';

/** The differences, as paths in the file: `routes.docs`, `log`. */
export function changedPaths(before: GatewayConfig, after: GatewayConfig): string[] {
  const names = new Set([...before.routes, ...after.routes].map(({ name }) => name));
  const routeOf = ({ routes }: GatewayConfig, name: string) => routes.find((each) => each.name === name);
  const routes = [...names].filter((name) => !isDeepStrictEqual(routeOf(before, name), routeOf(after, name)));
  const fields = (Object.keys({ ...before, ...after }) as (keyof GatewayConfig)[]).filter(
    (key) => key !== 'routes' && !isDeepStrictEqual(before[key], after[key]),
  );
  return [...fields, ...routes.map((name) => `routes.${name}`)];
}

/** Whether a route keeps its upstreams, with their connections, processes and sessions: nothing that they are made of differs. */
export function hasSameUpstreams(before: Route, after: Route): boolean {
  const partsOf = ({ name, upstreams, balance, health, breaker, retries }: Route) => ({
    name,
    upstreams,
    balance,
    health,
    breaker,
    retries,
  });
  return isDeepStrictEqual(partsOf(before), partsOf(after));
}

/** @throws UsageError if a change needs a restart */
export function assertReloadable(before: GatewayConfig, after: GatewayConfig): void {
  const fixed = {
    listen: (config: GatewayConfig) => config.listen,
    tls: (config: GatewayConfig) => config.tls === undefined,
    // Node can change the authorities for clients of a running server, but not whether it asks them for a certificate.
    'tls.client_ca': (config: GatewayConfig) => config.tls?.client_ca === undefined,
    'metrics.listen': (config: GatewayConfig) => config.metrics.listen,
    // Without an address of their own, metrics can be switched on and off.
    'metrics.enabled': ({ metrics }: GatewayConfig) => metrics.enabled && metrics.listen !== undefined,
    'limits.headers': (config: GatewayConfig) => config.limits.headers,
    redis: (config: GatewayConfig) => config.redis,
  };
  const changed = Object.entries(fixed).filter(([, read]) => !isDeepStrictEqual(read(before), read(after)));
  if (changed.length === 0) return;
  throw new UsageError(
    `A change of ${changed.map(([name]) => name).join(' and ')} needs a restart; nothing was changed.`,
  );
}
