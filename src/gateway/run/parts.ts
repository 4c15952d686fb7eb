import type { Auth, createAuth } from '../auth/index.js';
import type { GatewayConfig } from '../config/schema.js';

/** Code that few configurations need. It costs memory and time at the start, so it is loaded only if it is needed. */
export interface Parts {
  createAuth: typeof createAuth;
  /** Null without rules. */
  policies: typeof import('../policy/index.js') | null;
}

/**
 * Loads all code that a configuration needs.
 * @throws Error if some of it cannot be loaded, such as after an update of the package: a reload must fail then, not a request
 */
export async function partsFor({ auth, rate_limits, rules, routes }: GatewayConfig): Promise<Parts> {
  const hasAuth =
    auth !== undefined ||
    routes.some(({ upstreams }) => upstreams.some((each) => 'url' in each && each.credentials !== undefined));
  const hasRules = rules !== undefined || routes.some((route) => route.rules !== undefined);
  const limits = [rate_limits, ...routes.map((route) => route.rate_limits ?? {})];
  const hasLimits = limits.some((each) => Object.values(each).some((limit) => limit !== undefined));
  const hasUrls = routes.some(({ upstreams }) => upstreams.some((each) => 'url' in each));
  // These are imported again where they are used.
  await Promise.all([hasLimits && import('../limits/bucket.js'), hasUrls && import('../upstream/http-pools.js')]);
  return {
    createAuth: hasAuth ? (await import('../auth/index.js')).createAuth : () => NO_AUTH,
    policies: hasRules ? await import('../policy/index.js') : null,
  };
}

/** All routes are public, and no upstream needs credentials. */
const NO_AUTH: Auth = {
  isPublic: () => true,
  authenticate: async () => ({ identity: null }),
  scopesMissing: () => null,
  handle: async () => false,
  upstreamHeaders: async () => [],
  upstreamRefused() {},
};
