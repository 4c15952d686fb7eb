import { matchesGlob } from '../../base/glob.js';
import type { AuthConfig, RouteAuth } from '../config/auth-schema.js';

/** The scopes that calls of tools need: those of the route and of each pattern that a tool matches. */
export function scopesFor(
  tools: readonly string[],
  routeScopes: readonly string[],
  toolScopes: RouteAuth['tools'],
): string[] {
  const ofTools = Object.entries(toolScopes).flatMap(([pattern, scopes]) =>
    tools.some((tool) => matchesGlob(pattern, tool)) ? scopes : [],
  );
  return [...new Set([...routeScopes, ...ofTools])];
}

export function hasScopes(
  needed: readonly string[],
  granted: readonly string[],
  implies: AuthConfig['scope_implies'],
): boolean {
  if (needed.length === 0) return true;
  const all = new Set(granted);
  // The loop also visits the scopes that it adds.
  for (const scope of all) {
    if (!Object.hasOwn(implies, scope)) continue;
    for (const narrower of implies[scope] ?? []) all.add(narrower);
  }
  return needed.every((scope) => all.has(scope));
}
