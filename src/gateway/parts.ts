import type { Auth, createAuth } from './auth/index.js';
import type { GatewayConfig } from './config/schema.js';

/** What few configurations need: each costs memory and time at the start, so it is loaded only where it is needed. */
export interface Parts {
  createAuth: typeof createAuth;
  /** Null without rules. */
  policies: typeof import('./policy/index.js') | null;
}

/** Loads what a configuration needs. */
export async function partsFor({ auth, rules, routes }: GatewayConfig): Promise<Parts> {
  const hasAuth =
    auth !== undefined ||
    routes.some(({ upstreams }) => upstreams.some((each) => 'url' in each && each.credentials !== undefined));
  const hasRules = rules !== undefined || routes.some((route) => route.rules !== undefined);
  return {
    createAuth: hasAuth ? (await import('./auth/index.js')).createAuth : () => NO_AUTH,
    policies: hasRules ? await import('./policy/index.js') : null,
  };
}

/** All routes are public, and no upstream needs credentials. */
const NO_AUTH: Auth = {
  isPublic: () => true,
  authenticate: async () => ({ identity: null }),
  scopesMissing: () => null,
  handle: async () => false,
  upstreamHeaders: async () => new Headers(),
  upstreamRefused() {},
};
