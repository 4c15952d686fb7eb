import { isDeepStrictEqual } from 'node:util';
import { hasSameUpstreams } from '../config/changes.js';
import type { LoadedConfig } from '../config/load-config.js';
import type { OpenedSession } from '../request.js';
import type { RunningRoute } from '../route/route-context.js';
import { createUpstreams } from '../upstream/create-upstreams.js';
import { authoritiesOf, openTargets } from '../upstream/open-targets.js';
import type { Lasting } from './lasting.js';
import type { Parts } from './parts.js';
import type { Routes } from './running.js';

/**
 * The routes of a configuration, with their upstreams and rules.
 * @param before unchanged upstreams are kept: connections, children and their sessions outlive a reload; unchanged rules keep their counts
 * @throws UserError if a file cannot be used; nothing is left open then
 */
export function runRoutes(
  loaded: LoadedConfig,
  policies: Parts['policies'],
  before: Routes,
  { deps: { stderr }, report, credentialsFor }: Lasting,
): Routes {
  const rules = policies?.readRouteRules(loaded);
  const targets = { folder: loaded.folder, credentialsFor, report, stderr };
  const routes = new Map<string, RunningRoute>();
  try {
    for (const route of loaded.config.routes) {
      const kept = before.get(route.name);
      const authorities = authoritiesOf(route, targets.folder);
      const isSame =
        kept !== undefined && hasSameUpstreams(kept.route, route) && isDeepStrictEqual(kept.authorities, authorities);
      const upstreams = isSame
        ? kept.upstreams
        : createUpstreams(route, openTargets(route, authorities, targets), { report });
      const set = rules?.get(route.name);
      const keptPolicy = set !== undefined && kept?.policy?.has(set) ? kept.policy : null;
      const policy = keptPolicy ?? (set && policies ? new policies.RoutePolicy(route.name, set, report) : null);
      routes.set(route.name, { route, upstreams, authorities, policy });
    }
  } catch (error) {
    closeReplaced(routes, before, 0);
    throw error;
  }
  return routes;
}

/** Closes the upstreams of routes that others do not use. @returns the names of these routes */
export function closeReplaced(routes: Routes, others: Routes, graceMs: number): string[] {
  const replaced = [...routes].filter(([name, { upstreams }]) => others.get(name)?.upstreams !== upstreams);
  for (const [, { upstreams }] of replaced) void upstreams.close(graceMs);
  return replaced.map(([name]) => name);
}

/** Whether the server of a session is the same after a reload. A program ends with the upstreams of its route. */
export function hasServer({ route, upstream }: OpenedSession, before: Routes, after: Routes): boolean {
  if (before.get(route)?.upstreams === after.get(route)?.upstreams) return true;
  const [url, next] = [before, after].map((routes) => {
    const found = routes.get(route)?.route.upstreams.find(({ name }) => name === upstream);
    return found !== undefined && 'url' in found ? found.url : null;
  });
  return url !== null && url === next;
}
