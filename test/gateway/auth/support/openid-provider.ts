import { createServer, type RequestListener } from 'node:http';
import { exportJWK } from 'jose';
import { type Configuration, Provider } from 'oidc-provider';
import { onTestFinished } from 'vitest';
import { listenOnLoopback } from '../../../support/loopback.js';
import { signingKey } from './test-issuer.js';

export const CLIENT = { client_id: 'gateway', client_secret: 'the secret of the gateway at the provider' };

/** A public client, as MCP clients on a desktop are. */
export const DESKTOP = { client_id: 'desktop', redirect_uris: ['http://127.0.0.1:9/callback'] };

export interface OpenIdProvider {
  url: string;
  /** Begins to serve. @param gatewayUrl to which browsers are sent back */
  register(gatewayUrl: string): Promise<void>;
  /** Names of the keys in use, the newest first. Sign with another one; the older ones still count until they are left out. */
  useKeys(...names: string[]): Promise<void>;
  /** Access token for a resource, as a machine gets it. */
  clientToken(resource: string, scope: string): Promise<string>;
}

interface ProviderOptions {
  /** The person who logs in, without being asked. */
  account?: string;
  format?: 'jwt' | 'opaque';
  tokenTtlS?: number;
}

/** A real OpenID provider on loopback. Whoever is sent to it is logged in at once, and consents to everything. */
export async function startOpenIdProvider({
  account = 'alice',
  format = 'jwt',
  tokenTtlS = 300,
}: ProviderOptions = {}): Promise<OpenIdProvider> {
  let handle: RequestListener = () => {};
  const server = createServer((request, response) => handle(request, response));
  const { url, close } = await listenOnLoopback(server);
  onTestFinished(close);
  const configuration = (gatewayUrl: string): Configuration => ({
    clients: [
      {
        ...CLIENT,
        grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
        redirect_uris: [`${gatewayUrl}/auth/callback`],
        response_types: ['code'],
      },
      {
        ...DESKTOP,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    cookies: { keys: ['for tests'] },
    scopes: ['openid', 'offline_access', 'docs:read', 'docs:write'],
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ sub, email: `${sub}@example.com` }) }),
    ttl: {
      AccessToken: tokenTtlS,
      ClientCredentials: tokenTtlS,
      IdToken: 300,
      RefreshToken: 3_600,
      Session: 3_600,
      Grant: 3_600,
      Interaction: 300,
    },
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          scope: 'docs:read docs:write',
          audience: resource,
          accessTokenTTL: tokenTtlS,
          accessTokenFormat: format,
        }),
        useGrantedResource: () => true,
      },
    },
  });
  let registered = '';
  const made: OpenIdProvider = {
    url,
    async register(gatewayUrl) {
      registered = gatewayUrl;
      await made.useKeys('p1');
    },
    async useKeys(...names) {
      serve(new Provider(url, { ...configuration(registered), jwks: await keySet(...names) }));
    },
    async clientToken(resource, scope) {
      const body = new URLSearchParams({ ...CLIENT, grant_type: 'client_credentials', resource, scope });
      const response = await fetch(`${url}/token`, { method: 'POST', body });
      const { access_token: token } = (await response.json()) as { access_token: string };
      return token;
    },
  };
  return made;

  function serve(provider: Provider): void {
    const callback = provider.callback();
    handle = async (request, response) => {
      if (!request.url?.startsWith('/interaction/')) return void callback(request, response);
      const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
      if (prompt.name === 'login') {
        await provider.interactionFinished(request, response, { login: { accountId: account } });
        return;
      }
      const accountId = session?.accountId;
      const clientId = String(params.client_id);
      const grant = (grantId && (await provider.Grant.find(grantId))) || new provider.Grant({ accountId, clientId });
      const { missingOIDCScope: scopes, missingResourceScopes: resources } = prompt.details as {
        missingOIDCScope?: string[];
        missingResourceScopes?: Record<string, string[]>;
      };
      if (scopes) grant.addOIDCScope(scopes.join(' '));
      for (const [resource, wanted] of Object.entries(resources ?? {}))
        grant.addResourceScope(resource, wanted.join(' '));
      await provider.interactionFinished(
        request,
        response,
        { consent: { grantId: await grant.save() } },
        { mergeWithLastSubmission: true },
      );
    };
  }
}

async function keySet(...names: string[]) {
  const keys = names.map(async (name) => {
    const { privateKey, kid, alg } = await signingKey('provider', 'RS256', name);
    return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' };
  });
  return { keys: await Promise.all(keys) };
}
