import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { rawRequest, startGuarded } from './support/guarded-server.js';
import { sendJson, startIssuer } from './support/test-issuer.js';

const TOKEN = 'an-opaque-token-of-a-client';

async function prepare(cache = '10s') {
  const asked: URLSearchParams[] = [];
  const issuer = await startIssuer('docs', () => `${gateway.url}/mcp/docs`);
  const gateway = await startGuarded(
    () => `
auth:
  providers:
    main:
      issuer: "${issuer.url}"
      introspection: { client_id: gateway, client_secret: a-secret-of-the-gateway, cache: ${cache} }
routes: { docs: { upstreams: [{ url: "http://127.0.0.1:9/mcp" }] } }
`,
  );
  const answer: Record<string, unknown> = { active: true, sub: 'alice', aud: `${gateway.url}/mcp/docs`, scope: 'a b' };
  issuer.handlers.set('/introspect', async (request, response) => {
    asked.push(new URLSearchParams(await text(request)));
    sendJson(response, answer);
  });
  const send = (token = TOKEN) =>
    rawRequest(gateway.url, { path: '/mcp/docs', headers: [`Authorization: Bearer ${token}`] });
  return { issuer, gateway, answer, asked, send };
}

describe('introspection', () => {
  it('accepts what the issuer says is active, and asks once for requests at the same time and soon after', async () => {
    const { send, asked } = await prepare();
    const answers = await Promise.all([send(), send(), send()]);
    answers.push(await send());
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(JSON.parse(answers[0]?.body ?? '')).toMatchObject({
      subject: 'alice',
      scopes: ['a', 'b'],
      by: 'introspection',
    });
    expect(asked.map((each) => each.get('token'))).toEqual([TOKEN]);
  });

  it.each([
    ['not active', { active: false }, 'inactive'],
    ['active as text', { active: 'true' }, 'issuer_unavailable'],
    ['for another audience', { aud: 'https://api.example.com' }, 'audience'],
    ['for no audience', { aud: undefined }, 'audience'],
    ['of another issuer', { iss: 'https://login.evil.example' }, 'issuer'],
    ['over', { exp: 1 }, 'expired'],
    ['not begun', { nbf: 9_999_999_999 }, 'not_yet_valid'],
    ['bound to a key', { cnf: { jkt: 'x' } }, 'bound_token'],
    ['of another type', { token_type: 'DPoP' }, 'type'],
    ['of nobody', { sub: undefined }, 'claims'],
    ['of an API key', { sub: 'key:ci' }, 'claims'],
  ])('refuses a token that is %s', async (_what, change, reason) => {
    const { send, gateway, answer } = await prepare();
    Object.assign(answer, change);
    for (const key of Object.keys(answer)) if (answer[key] === undefined) delete answer[key];
    const { status, headers } = await send();
    expect(status).toBe(reason === 'issuer_unavailable' ? 503 : 401);
    expect(headers.get('www-authenticate')?.includes('error="invalid_token"') ?? false).toBe(status === 401);
    expect(gateway.facts).toMatchObject([{ outcome: 'refused', reason }]);
    expect(JSON.stringify([gateway.facts, [...headers]])).not.toContain(TOKEN);
  });

  it('asks again when its answer is old, and never about a JWT of another issuer', async () => {
    const { send, asked, answer, issuer } = await prepare('0s');
    expect((await send()).status).toBe(200);
    answer.active = false;
    expect((await send()).status).toBe(401);
    expect(asked).toHaveLength(2);
    expect((await send(await issuer.token({ iss: 'https://login.evil.example' }))).status).toBe(401);
    expect(asked).toHaveLength(2);
  });

  it('an issuer that fails during introspection: 503', async () => {
    const { send, issuer } = await prepare();
    issuer.handlers.set('/introspect', (_request, response) => response.destroy());
    expect((await send()).status).toBe(503);
  });
});
