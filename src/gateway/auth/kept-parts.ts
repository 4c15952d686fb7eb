import { isDeepStrictEqual } from 'node:util';
import type { JsonRecord } from '../../base/json.js';
import type { AuthProvider, LoginConfig } from '../config/auth-schema.js';
import { readAuthorities } from '../config/named-files.js';
import type { GatewayConfig } from '../config/schema.js';
import type { SharedState } from '../shared/shared-state.js';
import { boundedFetch, type Fetch, fetchTrusting } from './issuer/bounded-fetch.js';
import { createIssuer, type Issuer } from './issuer/issuer.js';
import { createLogin, type Login } from './login/login.js';
import { createSealer, type Sealer } from './login/seal.js';
import { createIntrospection } from './tokens/introspection.js';
import { createJwtVerifier } from './tokens/jwt.js';
import { createUpstreamCredentials, type UpstreamCredentials } from './upstream/credentials.js';

/** A provider of the configuration, and how its tokens are checked. */
export interface Checker {
  config: AuthProvider;
  issuer: Issuer;
  by: 'jwt' | 'introspection';
  /** The claims of a valid token, for any audience. @throws AuthError, IssuerError */
  claimsOf(token: string): Promise<JsonRecord>;
  fetch: Fetch;
}

/** Logins of browsers. */
interface BrowserLogin {
  sealer: Sealer;
  /** URL of the issuer. */
  issuer: string;
  login: Login;
}

/** Parts by name, each with the settings of which it was made. */
type Parts<Part> = ReadonlyMap<string, { settings: unknown; part: Part }>;

/** What remembers something: keys, answers, tokens, and the secret of cookies. A reload must not lose it. */
export interface KeptParts {
  /** By provider. */
  checkers: Parts<Checker>;
  /** At most one, as `login` and `sealer`. */
  browsers: Parts<BrowserLogin>;
  sealers: Parts<Sealer>;
  /** By route and upstream. */
  credentials: Parts<UpstreamCredentials>;
}

export interface KeptPartsDeps {
  /** Origin of the gateway. */
  publicUrl: string;
  /** Relative paths in the configuration begin here. */
  folder: string;
  state: SharedState;
}

/**
 * @param before those of the configuration before; each is kept if its settings have not changed
 * @throws UsageError if a file with authorities cannot be read
 */
export function keptParts(
  { auth, routes, keys }: Pick<GatewayConfig, 'auth' | 'routes' | 'keys'>,
  { publicUrl, folder, state }: KeptPartsDeps,
  before: KeptParts | undefined,
): KeptParts {
  const providers = Object.entries(auth?.providers ?? {}).map(([name, config]) => {
    // Part of the settings, since a reload reads the file again.
    const ca = config.ca === undefined ? null : readAuthorities(config.ca, folder);
    return [name, { config, ca }] as const;
  });
  const checkers = partsOf(providers, checkerOf, before?.checkers);
  const logins = auth?.login === undefined ? [] : [auth.login];
  const sealers = partsOf(
    logins.map(() => ['sealer', keys] as const),
    createSealer,
    before?.sealers,
  );
  const browsers = partsOf(
    logins.flatMap((config) => {
      const [checker, sealer] = [checkers.get(config.provider)?.part, sealers.get('sealer')?.part];
      return checker && sealer ? [['login', { config, checker, sealer, publicUrl }] as const] : [];
    }),
    (settings) => browserLogin(settings, state),
    before?.browsers,
  );
  const fetch = boundedFetch(globalThis.fetch);
  const credentials = partsOf(
    routes.flatMap((route) =>
      route.upstreams.flatMap((upstream) =>
        'url' in upstream && upstream.credentials !== undefined
          ? [[`${route.name} ${upstream.name}`, upstream.credentials] as const]
          : [],
      ),
    ),
    (config) => createUpstreamCredentials(config, fetch),
    before?.credentials,
  );
  return { checkers, sealers, browsers, credentials };
}

function partsOf<Settings, Part>(
  all: readonly (readonly [name: string, settings: Settings])[],
  make: (settings: Settings) => Part,
  before: Parts<Part> | undefined,
): Parts<Part> {
  return new Map(
    all.map(([name, settings]) => {
      const kept = before?.get(name);
      const isSame = kept !== undefined && isDeepStrictEqual(kept.settings, settings);
      return [name, isSame ? kept : { settings, part: make(settings) }];
    }),
  );
}

function checkerOf({ config, ca }: { config: AuthProvider; ca: string | null }): Checker {
  const { issuer: url, jwks_uri: jwksUri, introspection, clock_tolerance } = config;
  const fetch = boundedFetch(ca === null ? globalThis.fetch : fetchTrusting(ca));
  const times = { keyMaxAgeMs: config.key_max_age, keyCooldownMs: config.key_cooldown };
  const issuer = createIssuer({ url, jwksUri, ...times }, fetch);
  const claimsOf =
    introspection === undefined
      ? createJwtVerifier(issuer.keys, {
          issuer: url,
          algorithms: config.algorithms,
          clockToleranceMs: clock_tolerance,
          maxAgeMs: config.max_token_age ?? null,
        })
      : createIntrospection(introspection, issuer, clock_tolerance, fetch);
  return { config, issuer, by: introspection === undefined ? 'jwt' : 'introspection', claimsOf, fetch };
}

interface LoginSettings {
  config: LoginConfig;
  checker: Checker;
  sealer: Sealer;
  publicUrl: string;
}

function browserLogin({ config, checker, sealer, publicUrl }: LoginSettings, state: SharedState): BrowserLogin {
  const { config: provider, issuer, fetch } = checker;
  const login = createLogin({ config, provider, issuer, publicUrl, sealer, state, fetch });
  return { sealer, issuer: issuer.url, login };
}
