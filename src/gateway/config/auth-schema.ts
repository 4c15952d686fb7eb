import * as z from 'zod';
import { hostOf } from '../../base/host-and-port.js';
import { isLoopback } from '../../base/own-host.js';
import { checked, object } from '../../rules/file/schema-parts.js';
import { duration, file, flag, httpUrl, name, secret, text } from './fields.js';

/** Algorithms of tokens: asymmetric ones only. HMAC would take the public key for a secret. */
export const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const;
export type TokenAlgorithm = (typeof TOKEN_ALGORITHMS)[number];

/** RFC 6749: printable ASCII without space, quote and backslash. */
const scopes = z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'expected a scope, such as docs:read')).max(100);

/** URL of a server that gets secrets, or whose answers are trusted. */
const serverUrl = checked(httpUrl, (value) => {
  const url = new URL(value);
  if (url.protocol !== 'https:' && !isLoopback(hostOf(url))) {
    throw new Error('expected https://; http:// only on this machine');
  }
});

const issuerUrl = checked(serverUrl, (value) => {
  if (value.includes('?')) throw new Error('an issuer has no query');
});

const clientAuth = z.enum(['basic', 'post']).default('basic').describe('how the client secret is sent');

const introspection = object({
  endpoint: serverUrl.optional().describe('default: from the metadata of the issuer'),
  client_id: text,
  client_secret: secret,
  client_auth: clientAuth,
  cache: duration('0s', '1h').default(10_000).describe('how long an answer counts'),
});
export type IntrospectionConfig = z.output<typeof introspection>;

const provider = object({
  issuer: issuerUrl.describe('exactly as in `iss` of its tokens; metadata are below .well-known of this URL'),
  audience: z
    .union([text, z.array(text).min(1)])
    .optional()
    .transform((value) => (value === undefined ? [] : [value].flat()))
    .describe('accepted in `aud` besides the address of the route and public_url'),
  jwks_uri: serverUrl.optional().describe('default: from the metadata of the issuer'),
  algorithms: z
    .array(z.enum(TOKEN_ALGORITHMS))
    .min(1)
    .default(['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'EdDSA', 'Ed25519']),
  clock_tolerance: duration('0s', '5m').default(30_000),
  max_token_age: duration('1m', '30d').optional().describe('since `iat`; default: only `exp` counts'),
  subject_claim: text.default('sub'),
  subject_prefix: z
    .string()
    .max(64)
    .default('')
    .describe('put before the subject, so that no subject of one provider is one of another'),
  scope_claim: text.optional().describe('a text with spaces, or a list; default: scope, else scp'),
  key_max_age: duration('1m', '1d').default(600_000).describe('older keys are loaded again'),
  key_cooldown: duration('1s', '10m')
    .default(10_000)
    .describe('between two attempts to load keys, also for tokens with an unknown key'),
  introspection: introspection.optional().describe('ask the issuer about every token, in place of JWKS (RFC 7662)'),
  ca: file.optional().describe('PEM with the authorities of its certificate'),
});
export type AuthProvider = z.output<typeof provider>;

const apiKey = object({
  id: name.describe('shown in the audit log; its subject is key:<id>'),
  hash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'expected the hash that `claude-trace gateway key` prints')
    .describe('what `claude-trace gateway key` prints; the key itself is not stored'),
  scopes: scopes.default([]),
  expires: checked(text, (value) => {
    if (Number.isNaN(Date.parse(value))) throw new Error('expected a date such as 2027-01-31');
  }).optional(),
});
export type ApiKey = z.output<typeof apiKey>;

const login = object({
  provider: name.describe('one of auth.providers'),
  client_id: text.describe('its redirect URI is public_url and /auth/callback'),
  client_secret: secret.optional().describe('default: a public client, with PKCE only'),
  client_auth: clientAuth,
  scopes: scopes.default([]).describe('to ask for, besides openid and those of the route'),
  resource: flag().default(true).describe('false: sends no `resource` (RFC 8707), which some issuers refuse'),
  max_age: duration('1m', '30d')
    .default(12 * 3_600_000)
    .describe('after which a person must log in again'),
});
export type LoginConfig = z.output<typeof login>;

/** The clients that may use the gateway. */
export const auth = object({
  providers: z.record(name, provider).default({}).describe('issuers of tokens'),
  api_keys: z.array(apiKey).max(1_000).default([]),
  login: login.optional().describe('for browsers: code flow with PKCE'),
  scope_implies: z
    .record(text, scopes)
    .default({})
    .describe('scopes that a broader one includes, such as admin: [read, write]'),
});
export type AuthConfig = z.output<typeof auth>;

/** The clients that may use a route. */
export const routeAuth = object({
  required: flag().default(true).describe('false: anyone may use it, but a token that is sent must be valid'),
  providers: z.array(name).optional().describe('default: all of auth.providers'),
  api_keys: flag().default(true).describe('API keys are accepted'),
  login: flag().default(true).describe('logins of browsers are accepted'),
  scopes: scopes.default([]).describe('that every request needs'),
  tools: z
    .record(text, scopes)
    .default({})
    .describe('scopes that a call needs besides, by name of the tool; * matches any text'),
});
export type RouteAuth = z.output<typeof routeAuth>;

const tokenClient = {
  token_endpoint: serverUrl,
  client_id: text,
  client_secret: secret.optional(),
  client_auth: clientAuth,
  scope: text.optional(),
  audience: text.optional(),
  resource: httpUrl.optional(),
};
export type TokenClientConfig = z.output<ReturnType<typeof object<typeof tokenClient>>>;

/** Credentials that upstream gets in place of the client's token. */
export const credentials = z.union(
  [
    object({
      bearer: checked(secret, (value) => {
        if (!/^[\x21-\x7e]+$/.test(value)) throw new Error('expected a token: ASCII without spaces');
      }),
    }),
    object({ basic: object({ user: text, password: secret }) }),
    object({ client_credentials: object(tokenClient) }).describe('a token of the gateway itself'),
    object({ exchange: object(tokenClient) }).describe("a token for the client's subject (RFC 8693)"),
  ],
  'expected one of bearer, basic, client_credentials and exchange',
);
export type Credentials = z.output<typeof credentials>;
