import { request } from 'node:http';
import { expect, it } from 'vitest';
import { served, TOKEN } from '../support/served.js';

/** With exactly these headers: fetch would set Host by itself. */
function status(port: number, path: string, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode));
    });
    asked.once('error', reject);
    asked.end();
  });
}

const PRIVATE = ['/api/claude/requests', '/api/claude/events', '/api/claude/nothing', '/nothing'];
const OPEN = ['/healthz', '/openapi.json', '/docs'];

it('without the token, or with a wrong one, only public paths are answered', async () => {
  const { api } = await served();
  const all = (headers: Record<string, string>, paths: string[]) =>
    Promise.all(paths.map((path) => status(api.port, path, headers)));
  expect(await all({}, PRIVATE)).toEqual([401, 401, 401, 401]);
  expect(await all({ authorization: `Bearer ${TOKEN}x` }, PRIVATE)).toEqual([401, 401, 401, 401]);
  expect(await all({}, OPEN)).toEqual([200, 200, 200]);
});

it('under a foreign name or from a foreign page nothing is answered, with the token or without', async () => {
  const { api } = await served();
  const authorization = `Bearer ${TOKEN}`;
  for (const path of [...PRIVATE, ...OPEN]) {
    expect(await status(api.port, path, { authorization, host: `evil.example:${api.port}` })).toBe(403);
    expect(await status(api.port, path, { authorization, origin: 'http://evil.example' })).toBe(403);
    expect(await status(api.port, path, { authorization, 'sec-fetch-site': 'cross-site' })).toBe(403);
  }
});

it('refuses preflights, and allows nothing to other sites', async () => {
  const { ask } = await served();
  const answer = await ask('/api/claude/feedback', {
    method: 'OPTIONS',
    headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
  });
  expect(answer.status).toBe(403);
  expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
});

it('refusals are reported by number, without what was sent', async () => {
  const { api, logged } = await served();
  for (const secret of ['guess-1', 'guess-2', 'guess-3']) {
    await status(api.port, `/api/claude/requests?q=${secret}`, { authorization: `Bearer ${secret}` });
  }
  await status(api.port, '/healthz', { host: 'guess-4.example' });
  expect(logged).toEqual(['The HTTP API refused requests: 1 without the token.']);
  await api.close();
  expect(logged.slice(1)).toEqual(['The HTTP API refused requests: 2 without the token, 1 under a foreign Host name.']);
});
