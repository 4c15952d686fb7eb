import type { AuthorizationServer } from 'oauth4webapi';
import { parseRecord } from '../../../base/json.js';
import { type Fetch, IssuerError } from './bounded-fetch.js';

/**
 * The metadata of an authorization server, by RFC 8414 or OpenID Connect Discovery, in MCP's order of addresses.
 *
 * @param issuer exactly as in the document: no normalization, or another server could speak for it
 * @throws IssuerError
 */
export async function discover(issuer: string, fetch: Fetch): Promise<AuthorizationServer> {
  let failure = new IssuerError('unreachable');
  for (const address of metadataAddresses(issuer)) {
    try {
      const metadata = await fetchRecord(address, fetch);
      if (metadata.issuer !== issuer) throw new IssuerError('wrong_issuer');
      return metadata as unknown as AuthorizationServer;
    } catch (error) {
      if (!(error instanceof IssuerError)) throw error;
      // A server that does not answer will not do so at another path.
      if (error.code === 'timeout' || error.code === 'unreachable') throw error;
      if (failure.code !== 'wrong_issuer') failure = error;
    }
  }
  throw failure;
}

function metadataAddresses(issuer: string): string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    ...(path === '' ? [] : [`${origin}${path}/.well-known/openid-configuration`]),
  ];
}

/** @throws IssuerError unless the answer is 200 with a JSON object */
export async function fetchRecord(url: string, fetch: Fetch): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(url, { headers: { accept: 'application/json, application/jwk-set+json' } });
  if (response.status !== 200) throw new IssuerError('status');
  if (!/^application\/([\w.-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '')) {
    throw new IssuerError('content_type');
  }
  const record = parseRecord(await response.text());
  if (record === null) throw new IssuerError('malformed');
  return record;
}
