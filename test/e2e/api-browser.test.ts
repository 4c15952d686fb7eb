import { describe, expect, it } from 'vitest';
import { openReader, openStore } from '../../src/store/index.js';
import { aRequest, aResponse, aRun } from '../store/support/records.js';
import { browse, EVIL, findChromium } from '../support/browser/chromium.js';
import { startRelay } from '../support/browser/relay.js';
import { newSandbox, type Sandbox } from '../support/product.js';

const chromium = findChromium();
if (chromium === null) console.warn('api-browser is skipped: no chromium or google-chrome on PATH');

/** Stands in what is stored. */
const SECRET = 'claude-nobodys-business';

/** `serve` over a database with one request. */
async function startServer() {
  const sandbox = await newSandbox();
  const store = openStore(sandbox.database);
  const run = aRun();
  const request = aRequest(run.id, { model: SECRET });
  store.beginRun(run);
  store.saveRequest(request);
  store.saveResponse(aResponse(request), null);
  store.close();
  const server = sandbox.start(['serve', '--port', '0']);
  const { port } = new URL((await server.says('\n')).trim());
  const token = (await sandbox.run(['config', 'token'])).stdout.toString().trim();
  return { sandbox, port: Number(port), token };
}

function ratingsIn({ database }: Sandbox): number {
  const reader = openReader(database);
  const { total } = reader.ratings();
  reader.close();
  return total;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

async function askedByProgram(port: number, token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`http://127.0.0.1:${port}/api/claude/requests`, { headers })).text();
}

describe.runIf(chromium !== null)('in a browser', () => {
  const visit = (sandbox: Sandbox, url: string, ...options: string[]) =>
    browse(sandbox, chromium ?? '', url, ...options);

  it.each([
    ['another site', EVIL],
    ['another port of this machine', '127.0.0.1'],
  ])('a page of %s reads nothing and changes nothing', async (_where, host) => {
    const { sandbox, port, token } = await startServer();
    const site = await startRelay(port);
    const api = await startRelay(port);
    visit(sandbox, `http://${host}:${site.port}/hostile?api=http://127.0.0.1:${api.port}`);
    const attempts = await site.reported;
    expect(attempts.filter(({ read }) => read !== null)).toEqual([]);
    expect(api.passed).toHaveLength(attempts.length);
    expect(api.passed.filter(({ status }) => status !== 403)).toEqual([]);
    expect(ratingsIn(sandbox)).toBe(0);
    expect(await askedByProgram(api.port, token)).toContain(SECRET);
  });

  it('a page whose name was rebound to this machine reads refusals, and changes nothing', async () => {
    const { sandbox, port, token } = await startServer();
    const api = await startRelay(port);
    const origin = `http://${EVIL}:${api.port}`;
    visit(sandbox, `${origin}/hostile?api=${origin}`);
    const attempts = await api.reported;
    const refusal = '{"error":"The Host header does not name this server. Use its address."}';
    expect(new Set(attempts.map(({ read }) => read))).toEqual(new Set([null, refusal]));
    expect(api.passed.length).toBeGreaterThanOrEqual(attempts.length);
    expect(api.passed.filter(({ status }) => status !== 403)).toEqual([]);
    expect(ratingsIn(sandbox)).toBe(0);
    expect(await askedByProgram(api.port, token)).toContain(SECRET);
  });

  it.each([
    ['another site', '127.0.0.1', ['fetch', 'fetch with cookies', 'a request of the old kind']],
    ['a rebound name', EVIL, ['fetch', 'fetch without CORS', 'a request of the old kind', 'a frame']],
  ])('the same page of %s reads and writes where nothing is checked', async (_where, host, readers) => {
    const { sandbox, port, token } = await startServer();
    const headers = { host: `127.0.0.1:${port}`, authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const api = await startRelay(port, headers);
    const site = host === EVIL ? api : await startRelay(port);
    visit(sandbox, `http://${EVIL}:${site.port}/hostile?api=http://${host}:${api.port}`);
    const attempts = await site.reported;
    const successful = attempts.filter(({ read }) => read?.includes(SECRET)).map(({ name }) => name);
    expect(successful).toEqual(expect.arrayContaining(readers));
    expect(attempts).toContainEqual({ name: 'a stream of events', read: 'open' });
    const feedback = '/api/claude/feedback';
    expect(api.passed).toContainEqual({ method: 'POST', path: feedback, status: expect.toSatisfy(isSuccess) });
    expect(api.passed).toContainEqual({
      method: 'DELETE',
      path: `${feedback}/last`,
      status: expect.toSatisfy(isSuccess),
    });
  });

  it('who types the address gets the page to read, and without the token nothing more', async () => {
    const { sandbox, port } = await startServer();
    const shown = async (path: string) => {
      const { stdout } = await visit(sandbox, `http://127.0.0.1:${port}${path}`, '--dump-dom').ended;
      return stdout.toString();
    };
    expect(await shown('/docs')).toContain('<b class="get">GET</b> /api/claude/requests');
    const refused = await shown('/api/claude/requests');
    expect(refused).toContain('The token is missing or wrong');
    expect(refused).not.toContain(SECRET);
  });
});
