import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { announcedServers } from '../../src/api/announcement.js';
import { newSandbox, notices, type Sandbox, untilTrue } from '../support/product.js';
import { tracedDemo } from '../support/traced-demo.js';

const demo = tracedDemo();

async function tokenOf(sandbox: Sandbox): Promise<string> {
  return (await sandbox.run(['config', 'token'])).stdout.toString().trim();
}

async function ask(url: string, token: string, path: string, init: RequestInit = {}) {
  const response = await fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
  return { status: response.status, json: JSON.parse((await response.text()) || 'null') };
}

/** `serve`, and where it is. */
async function serving(sandbox: Sandbox, ...args: string[]) {
  const program = sandbox.start(['serve', ...args]);
  const url = (await program.says('\n')).trim();
  return { program, url };
}

async function takenPort(): Promise<number> {
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  await once(other, 'listening');
  const address = other.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

describe('claude-trace serve', () => {
  it('tells over HTTP what the command line tells', async () => {
    const { url, program } = await serving(demo.sandbox);
    const token = await tokenOf(demo.sandbox);
    const get = async (path: string) => (await ask(url, token, path)).json;

    const listed = JSON.parse(await demo.printed('query', '--json', '--limit', '100'));
    const { requests, total } = await get('/api/claude/requests?limit=100');
    expect(requests).toMatchObject(listed);
    expect(total).toBe(listed.length);

    const shown = JSON.parse(await demo.printed('show', 'last', '--json'));
    expect((await get(`/api/claude/requests/${shown.id}/segments`)).segments).toMatchObject(shown.segments);
    const detail = await get('/api/claude/requests/last');
    expect(detail).toMatchObject({ id: shown.id, headers: shown.request_headers, timestamps: shown.timestamps });
    expect(detail.response.body_json).toMatchObject({ role: 'assistant', stop_reason: expect.any(String) });

    const stats = JSON.parse(await demo.printed('stats', '--json'));
    const { metrics } = await get('/api/claude/metrics/sources?sort_by=cost_usd');
    const cost = (source: unknown, dollars: unknown, tokens: unknown) => `${source} ${dollars} ${tokens}`;
    type Row = Record<string, unknown>;
    expect(metrics.map((row: Row) => cost(row.source, row.cost_usd, row.total_tokens)).toSorted()).toEqual(
      stats.rows.map((row: Row) => cost(row.key, row.cost_usd, row.input_tokens)).toSorted(),
    );
    expect(await get('/api/claude/metrics/summary')).toMatchObject({
      total_requests: stats.total.requests,
      cost_usd: stats.total.cost_usd,
    });
    expect((await get('/api/claude/sessions')).sessions).toEqual(JSON.parse(await demo.printed('sessions', '--json')));
    program.process.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ exitCode: 0 });
  });

  it('config url prints the address of the server that was started last, or says that none runs', async () => {
    const sandbox = await newSandbox();
    const url = async () => (await sandbox.run(['config', 'url'])).stdout.toString();
    const [first, second] = [await serving(sandbox), await serving(sandbox)];
    expect(await url()).toBe(`${second.url}\n`);
    second.program.process.kill('SIGTERM');
    await second.program.ended;
    expect(await url()).toBe(`${first.url}\n`);
    first.program.process.kill('SIGTERM');
    await first.program.ended;
    const { exitCode, stderr } = await sandbox.run(['config', 'url']);
    expect([exitCode, stderr.toString()]).toEqual([1, expect.stringContaining('start one with: claude-trace serve')]);
  });

  it('a rating by the command line is in the next answer, and one over HTTP in the next command', async () => {
    const { url } = await serving(demo.sandbox);
    const token = await tokenOf(demo.sandbox);
    const given = JSON.parse(await demo.printed('rate', 'last', '+', '--json'));
    expect((await ask(url, token, `/api/claude/feedback/${given.id}`)).json).toEqual(given);
    const init = { method: 'PUT', body: '{"rating":-0.5}', headers: { 'content-type': 'application/json' } };
    await ask(url, token, `/api/claude/feedback/${given.id}`, init);
    expect(JSON.parse(await demo.printed('show', given.request_id, '--json'))).toMatchObject({ rating: -0.5 });
    expect(await ask(url, token, `/api/claude/feedback/${given.id}`, { method: 'DELETE' })).toMatchObject({
      status: 204,
    });
    expect(JSON.parse(await demo.printed('show', given.request_id, '--json'))).toMatchObject({ rating: null });
  });

  it('is announced while it runs, found by doctor, and gone without a trace after Ctrl-C', async () => {
    const sandbox = await newSandbox();
    const { program, url } = await serving(sandbox);
    expect(announcedServers(sandbox.database)).toMatchObject([{ url, pid: program.pid }]);
    const [{ token_file } = { token_file: '' }] = announcedServers(sandbox.database);
    expect(readFileSync(token_file, 'utf8').trim()).toBe(await tokenOf(sandbox));
    expect(statSync(token_file).mode & 0o777).toBe(0o600);
    const doctor = await sandbox.run(['doctor', '--json']);
    expect(JSON.parse(doctor.stdout.toString())).toContainEqual(
      expect.objectContaining({ level: 'ok', what: 'HTTP API', message: expect.stringContaining(url) }),
    );
    program.process.kill('SIGINT');
    expect(await program.ended).toMatchObject({ exitCode: 0, signal: null });
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    expect(readdirSync(sandbox.dataDir).filter((name) => name.startsWith('api'))).toEqual(['api.token']);
  });

  it('says what is wrong with a port or an address, and what to do', async () => {
    const sandbox = await newSandbox();
    const port = await takenPort();
    const taken = await sandbox.run(['serve', '--port', String(port)]);
    expect([taken.exitCode, notices(taken)]).toEqual([
      1,
      [`Port ${port} of 127.0.0.1 is in use. Choose another with --port, or --port 0 for a free one.`],
    ]);
    await sandbox.configure({ 'api.port': port });
    expect(notices(await sandbox.run(['serve']))).toEqual(notices(taken));
    expect(notices(await sandbox.run(['serve', '--host', '203.0.113.9', '--port', '0']))).toEqual([
      expect.stringMatching(
        /^"203\.0\.113\.9" is not an address of this machine .*Leave --host out for 127\.0\.0\.1\.$/,
      ),
    ]);
    const wrong = await sandbox.run(['serve', '--port', '65536']);
    expect([wrong.exitCode, notices(wrong)]).toEqual([2, ['--port: give a whole number from 0 to 65535.']]);
  });

  it('warns where others can reach it, and asks them for the token', async () => {
    const sandbox = await newSandbox();
    const { program, url } = await serving(sandbox, '--host', '0.0.0.0');
    await program.warns('warning: others can reach');
    const here = `http://127.0.0.1:${new URL(url).port}`;
    expect((await fetch(`${here}/api/claude/requests`)).status).toBe(401);
    expect(await ask(here, await tokenOf(sandbox), '/api/claude/requests')).toMatchObject({ status: 200 });
  });
});

describe('beside wrap', () => {
  /** A command that runs until it is asked to end. */
  const WAITING = [process.execPath, '-e', 'process.stdin.resume().on("end", () => process.exit(5))'];
  const wrapping = (sandbox: Sandbox, ...options: string[]) => sandbox.start(['wrap', ...options, '--', ...WAITING]);
  const isServed = (sandbox: Sandbox) => announcedServers(sandbox.database).length > 0;

  it('the API tells what is captured while the command runs, and ends with it', async () => {
    const sandbox = await newSandbox();
    const program = wrapping(sandbox);
    await untilTrue(() => isServed(sandbox));
    const [{ url, pid } = { url: '', pid: 0 }] = announcedServers(sandbox.database);
    expect(pid).toBe(program.pid);
    expect(await ask(url, await tokenOf(sandbox), '/api/claude/requests')).toMatchObject({ json: { total: 0 } });
    const stream = await fetch(`${url}/api/claude/events`, {
      headers: { authorization: `Bearer ${await tokenOf(sandbox)}` },
    });
    const ended = await program.ended;
    await stream.text();
    expect(ended.exitCode).toBe(5);
    expect(notices(ended)).toEqual([expect.stringMatching(/^No requests were seen/)]);
    expect(announcedServers(sandbox.database)).toEqual([]);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('takes a free port where the one of the configuration is taken, and says so once', async () => {
    const sandbox = await newSandbox();
    const port = await takenPort();
    await sandbox.configure({ 'api.port': port });
    const program = wrapping(sandbox);
    await untilTrue(() => isServed(sandbox));
    const [{ url } = { url: '' }] = announcedServers(sandbox.database);
    const ended = await program.ended;
    expect(ended.exitCode).toBe(5);
    expect(notices(ended)).toContain(
      `Port ${port} (api.port) was not available: the HTTP API was at ${url} for this run.`,
    );
  });

  it('a failure of the API harms nothing', async () => {
    const sandbox = await newSandbox();
    await mkdir(join(sandbox.dataDir, 'api.token'), { recursive: true });
    const program = wrapping(sandbox, '--live');
    await program.warns('The HTTP API could not be started: ');
    expect((await program.ended).exitCode).toBe(5);
  });

  it('is not served if it is switched off', async () => {
    const sandbox = await newSandbox();
    await sandbox.configure({ 'api.enabled': false });
    const without = wrapping(sandbox);
    await untilTrue(() => existsSync(sandbox.database));
    // Of the same database, and started later.
    const other = sandbox.start(['wrap', '--', ...WAITING], {
      env: { CLAUDE_TRACE_CONFIG: join(sandbox.root, 'none.json') },
    });
    await untilTrue(() => isServed(sandbox));
    expect(announcedServers(sandbox.database)).toMatchObject([{ pid: other.pid }]);
    expect((await without.ended).exitCode).toBe(5);
  });
});
