import type { Issue } from '../../rules/file/issues.js';
import type { AuthConfig } from './auth-schema.js';
import type { GatewayConfig } from './schema.js';

/** Contradictions between fields of authentication, each of which is valid by itself. */
export function authChecks({ auth, routes }: GatewayConfig): Issue[] {
  if (auth === undefined) return [];
  return [...providerChecks(auth), ...keyChecks(auth), ...routes.flatMap((route) => routeChecks(auth, route))];
}

function providerChecks({ providers }: AuthConfig): Issue[] {
  const all = Object.entries(providers);
  return all.flatMap(([name, { issuer, subject_prefix: prefix }], index) => {
    const earlier = all.slice(0, index);
    const same = earlier.find(([, other]) => other.issuer === issuer);
    const meets = earlier.find(([, { subject_prefix: other }]) => other.startsWith(prefix) || prefix.startsWith(other));
    const path = ['auth', 'providers', name];
    return [
      ...(same === undefined ? [] : [{ path: [...path, 'issuer'], message: `is already the issuer of ${same[0]}` }]),
      ...(meets === undefined
        ? []
        : [
            {
              path: [...path, 'subject_prefix'],
              message: `overlaps with that of ${meets[0]}: a subject of one could be taken for one of the other`,
            },
          ]),
    ];
  });
}

function keyChecks({ api_keys: keys }: AuthConfig): Issue[] {
  const seen = new Set<string>();
  return keys.flatMap(({ id }, index) => {
    if (seen.has(id)) return [{ path: ['auth', 'api_keys', index, 'id'], message: 'is used twice' }];
    seen.add(id);
    return [];
  });
}

function routeChecks(auth: AuthConfig, { name, auth: own }: GatewayConfig['routes'][number]): Issue[] {
  const providers = own?.providers ?? Object.keys(auth.providers);
  const path = own === undefined ? ['routes', name] : ['routes', name, 'auth'];
  const asked = providers.filter((each) => Object.hasOwn(auth.providers, each) && auth.providers[each]?.introspection);
  const hasKeys = own?.api_keys !== false && auth.api_keys.length > 0;
  const isRequired = own?.required !== false;
  return [
    ...(asked.length > 1
      ? [{ path, message: `tokens would be sent to other issuers (introspection): use one of ${asked.join(', ')}` }]
      : []),
    ...(isRequired && providers.length === 0 && !hasKeys
      ? [{ path, message: 'no client could use it: expected a provider, an API key, or required: false' }]
      : []),
  ];
}
