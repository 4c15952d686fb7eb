import * as z from 'zod';
import { checked, duration, file, flag, httpUrl, name, object, secret, text } from './fields.js';

/** Algorithms of tokens. HMAC and `none` are never accepted: the key would be public, or missing. */
export const TOKEN_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const;

const scopes = z.array(text).max(100);

const introspection = object({
  endpoint: httpUrl.optional().describe('default: from the metadata of the issuer'),
  client_id: text,
  client_secret: secret,
  cache: duration('0s', '1h').default(10_000).describe('how long an answer counts'),
});

const provider = object({
  issuer: httpUrl.describe('`iss` of its tokens; metadata are below .well-known of this URL'),
  audience: z
    .union([text, z.array(text).min(1)])
    .optional()
    .describe('`aud` of tokens for this gateway; default: public_url, or its route'),
  jwks_uri: httpUrl.optional().describe('default: from the metadata of the issuer'),
  algorithms: z.array(z.enum(TOKEN_ALGORITHMS)).min(1).default(['RS256', 'ES256', 'EdDSA']),
  clock_tolerance: duration('0s', '5m').default(30_000),
  max_token_age: duration('1m', '30d').optional().describe('since `iat`; default: only `exp` counts'),
  subject_claim: text.default('sub'),
  scope_claim: text.default('scope').describe('a text with spaces, or a list'),
  introspection: introspection.optional().describe('ask the issuer about every token, in place of JWKS (RFC 7662)'),
  ca: file.optional().describe('PEM with the authorities of its certificate'),
});
export type AuthProvider = z.output<typeof provider>;

const apiKey = object({
  id: name.describe('shown in the audit log'),
  hash: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, 'expected sha256: and 64 hexadecimal digits')
    .describe('of the key: printf %s "$KEY" | sha256sum'),
  subject: text.optional().describe('default: the id'),
  scopes: scopes.default([]),
  expires: checked(text, (value) => {
    if (Number.isNaN(Date.parse(value))) throw new Error('expected a date such as 2027-01-31');
  }).optional(),
});
export type ApiKey = z.output<typeof apiKey>;

const login = object({
  provider: name.describe('one of auth.providers'),
  client_id: text,
  client_secret: secret.optional().describe('default: a public client, with PKCE only'),
  scopes: scopes.default(['openid']),
  redirect_uri: httpUrl.optional().describe('default: public_url and /auth/callback'),
  after_login: text.default('/').describe('path that a browser is sent to'),
  cookie: name.default('claude_trace_gateway'),
  max_age: duration('1m', '30d')
    .default(12 * 3_600_000)
    .describe('after which a person must log in again'),
});
export type LoginConfig = z.output<typeof login>;

/** Who may use the gateway. */
export const auth = object({
  providers: z.record(name, provider).default({}).describe('issuers of tokens'),
  api_keys: z.array(apiKey).max(10_000).default([]),
  login: login.optional().describe('for browsers: code flow with PKCE'),
  scopes: scopes.default([]).describe('named in the metadata, for clients that ask for a token'),
  cache: duration('0s', '5m').default(60_000).describe('how long a token that was verified counts without a new check'),
});
export type AuthConfig = z.output<typeof auth>;

/** Who may use a route. */
export const routeAuth = object({
  required: flag().default(true),
  providers: z.array(name).optional().describe('default: all of auth.providers'),
  api_keys: flag().default(true).describe('API keys are accepted'),
  scopes: scopes.default([]).describe('that every request needs'),
  tools: z
    .record(text, scopes)
    .default({})
    .describe('scopes that a call needs besides, by name of the tool; * matches any text'),
});
export type RouteAuth = z.output<typeof routeAuth>;

const tokenClient = {
  token_endpoint: httpUrl,
  client_id: text,
  client_secret: secret.optional(),
  scope: text.optional(),
  audience: text.optional(),
  resource: httpUrl.optional(),
};

/** What upstream gets in place of the client's token. */
export const credentials = z.union(
  [
    object({ bearer: secret }),
    object({ basic: object({ user: text, password: secret }) }),
    object({ client_credentials: object(tokenClient) }).describe('a token of the gateway itself'),
    object({ exchange: object(tokenClient) }).describe("a token for the client's subject (RFC 8693)"),
  ],
  'expected one of bearer, basic, client_credentials and exchange',
);
export type Credentials = z.output<typeof credentials>;
