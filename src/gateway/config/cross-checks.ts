import { isLoopback } from '../../base/own-host.js';
import type { Issue } from '../../rules/file/issues.js';
import { authChecks } from './auth-checks.js';
import type { GatewayConfig } from './schema.js';

/** Contradictions between fields, each of which is valid by itself. */
export function crossChecks(config: GatewayConfig): Issue[] {
  const { auth, listen, routes } = config;
  const issues: Issue[] = [];
  const providers = Object.keys(auth?.providers ?? {});
  if (auth === undefined && !isLoopback(listen.host)) {
    issues.push({
      path: ['listen', 'host'],
      message: 'without `auth`, the gateway listens on loopback only: anyone on the network could use its servers',
    });
  }
  if (auth?.login !== undefined && !providers.includes(auth.login.provider)) {
    issues.push({ path: ['auth', 'login', 'provider'], message: `is not one of auth.providers${list(providers)}` });
  }
  for (const { name, auth: own } of routes) {
    if (own === undefined) continue;
    if (auth === undefined && own.required) {
      issues.push({
        path: ['routes', name, 'auth'],
        message: 'needs `auth` of the gateway, with providers or api_keys',
      });
    }
    if (!own.required && own.scopes.length > 0) {
      issues.push({ path: ['routes', name, 'auth', 'scopes'], message: 'scopes need required: true' });
    }
    for (const [index, provider] of (own.providers ?? []).entries()) {
      if (providers.includes(provider)) continue;
      issues.push({
        path: ['routes', name, 'auth', 'providers', index],
        message: `is not one of auth.providers${list(providers)}`,
      });
    }
  }
  if (auth !== undefined && config.public_url === undefined && !isLoopback(listen.host)) {
    issues.push({ path: ['auth'], message: 'needs public_url: tokens are for the address that clients use' });
  }
  if (config.public_url !== undefined && new URL(config.public_url).pathname !== '/') {
    issues.push({ path: ['public_url'], message: 'expected no path: routes are at /mcp/<route>' });
  }
  return [...issues, ...authChecks(config)];
}

function list(names: readonly string[]): string {
  return names.length === 0 ? '' : `: ${names.join(', ')}`;
}
