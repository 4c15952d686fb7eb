import { describe, expect, it } from 'vitest';
import { IssuerError } from '../../../src/gateway/auth/issuer/bounded-fetch.js';
import { createIssuer, isAddress } from '../../../src/gateway/auth/issuer/issuer.js';
import { signingKey, startIssuer } from './support/test-issuer.js';

describe('an address in the metadata of an issuer', () => {
  it.each([
    ['https://login.example.com/jwks', 'https://login.example.com', true],
    ['https://keys.example.net/jwks', 'https://login.example.com', true],
    ['http://login.example.com/jwks', 'https://login.example.com', false],
    ['http://127.0.0.1:80/jwks', 'https://login.example.com', false],
    ['http://127.0.0.1:81/jwks', 'http://127.0.0.1:80', true],
    ['http://[::1]:81/jwks', 'http://localhost:80', true],
    ['http://169.254.169.254/jwks', 'http://127.0.0.1:80', false],
    ['http://login.example.com/jwks', 'http://127.0.0.1:80', false],
    ['file:///etc/passwd', 'http://127.0.0.1:80', false],
    ['/jwks', 'http://127.0.0.1:80', false],
  ])('%s of %s is one: %s', (address, issuer, expected) => {
    expect(isAddress(address, issuer)).toBe(expected);
  });
});

describe('the keys of an issuer', () => {
  it('keys of an issuer stay in use when its document cannot be used', async () => {
    const { url, jwks, token } = await startIssuer('docs', () => 'gateway');
    let document: object = jwks;
    const fetch = async () => Response.json(document);
    const times = { keyMaxAgeMs: 60_000, keyCooldownMs: 0 };
    const { keys } = createIssuer({ url, jwksUri: 'https://login.example.com/jwks', ...times }, fetch);
    const options = { issuer: url, audience: 'gateway' };
    const verify = async (text: string) => (await keys.verify(text, options)).payload.sub;
    expect(await verify(await token())).toBe('alice');
    document = { keys: 'none' };
    // An unknown key has the keys loaded again.
    const unknown = await token({}, { key: await signingKey('attacker', 'RS256', 'rsa-2') });
    await expect(verify(unknown)).rejects.toThrow(/no applicable key/);
    expect(await verify(await token())).toBe('alice');
  });

  it('are not available when the first document cannot be used', async () => {
    const fetch = async () => Response.json({ keys: 'none' });
    const address = 'https://login.example.com';
    const times = { keyMaxAgeMs: 60_000, keyCooldownMs: 0 };
    const { keys } = createIssuer({ url: address, jwksUri: `${address}/jwks`, ...times }, fetch);
    await expect(keys.verify('a.b.c', { issuer: address })).rejects.toThrow(IssuerError);
  });
});
