import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { fakeKey } from '../support/fake-key.js';
import { answers, type ClientRequest, client, message } from '../support/product/client.js';
import { newSandbox, notices } from '../support/product.js';
import { askForCredentials, type Script, say, startScriptedApi, withCredentials } from '../support/scripted-api.js';

const JSON_TYPE = { 'content-type': 'application/json' };

/** One of each sort of request that an API host gets. */
const REQUESTS: ClientRequest[] = [
  { headers: JSON_TYPE, body: message('streamed') },
  { headers: JSON_TYPE, body: message('at once', { stream: false }) },
  { path: '/v1/messages?beta=true', headers: JSON_TYPE, body: message('wörds ✓ 🧵 \u2028') },
  {
    headers: { ...JSON_TYPE, 'content-encoding': 'gzip' },
    body: gzipSync(message('compressed')).toString('base64'),
    encoding: 'base64',
  },
  { body: '{"model": "cut sho' },
  { body: Buffer.from([0, 255, 254, 13, 10, 128]).toString('base64'), encoding: 'base64' },
  { path: '/v1/messages/count_tokens', headers: JSON_TYPE, body: message('how long?') },
  { path: '/api/event_logging/v2/batch', headers: JSON_TYPE, body: '{"events": []}' },
  { method: 'HEAD', path: '/api/hello' },
  { method: 'GET', path: '/v1/models?limit=5' },
];

async function apiWith(script: Script, options: Omit<Parameters<typeof startScriptedApi>[0], 'script'> = {}) {
  const api = await startScriptedApi({ script, ...options });
  onTestFinished(() => api.close());
  return api;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('what the command sends and gets', () => {
  it('is stored once for each request, with the exact bytes that the API received and sent', async () => {
    const sandbox = await newSandbox();
    const api = await apiWith(say('Hello.'));
    const wrapped = await sandbox.run(['wrap', '--', ...client({ requests: REQUESTS })], {
      env: await sandbox.behind(api),
    });
    expect(wrapped.exitCode).toBe(0);
    expect(answers(wrapped)).toHaveLength(REQUESTS.length);

    const stored = sandbox.stored();
    expect(stored.map(({ requestBody }) => sha256(requestBody))).toEqual(api.received.map(({ sha256 }) => sha256));
    expect(stored.map(({ detail }) => detail.requestBody.sha256)).toEqual(api.received.map(({ sha256 }) => sha256));
    expect(stored.map(({ row }) => `${row.method} ${row.url}`)).toEqual(
      api.received.map(({ method, path }) => `${method} https://api.anthropic.com${path}`),
    );
    expect(stored.map(({ responseBody }) => responseBody)).toEqual(api.received.map(({ answered }) => answered?.body));
    expect(stored.map(({ row }) => row.status)).toEqual(api.received.map(({ answered }) => answered?.status));
    expect(stored.map(({ row }) => row.kind)).toEqual([
      ...Array(6).fill('messages'),
      'count_tokens',
      'telemetry',
      'other',
      'other',
    ]);
    expect(stored.map(({ detail }) => detail.state)).toEqual(
      api.received.map(({ answered }) => ((answered?.status ?? 0) < 400 ? 'complete' : 'failed')),
    );
  });

  it('carries its usage, cost and wire times in order', async () => {
    const sandbox = await newSandbox();
    const api = await apiWith(say('Hello.'));
    await sandbox.run(['wrap', '--', ...client({ requests: REQUESTS.slice(0, 3) })], {
      env: await sandbox.behind(api),
    });
    const stored = sandbox.stored();
    expect(stored).toHaveLength(3);
    for (const { row, detail } of stored) {
      expect(row.tokens.known).toBe('exact');
      expect(row.tokens.input).toBeGreaterThan(0);
      expect(row.tokens.output).toBeGreaterThan(0);
      expect(row.costUsd).toBeGreaterThan(0);
      const { initiated, received, forwarded, firstByte, responseEnd, delivered } = detail.timestamps;
      const msOf = (time: Date | null) => time?.getTime() ?? Number.NaN;
      // `received` and `forwarded` may swap: the head goes on while the body still comes.
      for (const third of [received, forwarded]) {
        const times = [initiated, third, firstByte, responseEnd, delivered].map(msOf);
        expect(times).not.toContain(Number.NaN);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      }
      const shares = row.sources.reduce((sum, source) => sum + source.tokens, 0);
      expect(shares).toBe(row.tokens.input);
    }
    expect(stored.map(({ row }) => row.streaming)).toEqual([true, false, true]);
  });

  it('comes out of query and show as it was stored, by id, by its beginning and as the last', async () => {
    const sandbox = await newSandbox();
    const api = await apiWith(say('Hello.'));
    await sandbox.run(['wrap', '--', ...client({ requests: REQUESTS.slice(0, 2) })], {
      env: await sandbox.behind(api),
    });
    const rows = JSON.parse((await sandbox.run(['query', '--json'])).stdout.toString());
    expect(rows).toHaveLength(2);
    const lines = (await sandbox.run(['query', '--ndjson'])).stdout.toString().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(rows);

    const [last] = rows;
    for (const id of [last.id, last.id.slice(0, -2), 'last']) {
      expect(
        (await sandbox.run(['show', id, '--request-body'])).stdout.equals(api.received[1]?.body ?? Buffer.of()),
      ).toBe(true);
    }
    expect((await sandbox.run(['show', 'last', '--response-body'])).stdout).toEqual(api.received[1]?.answered?.body);
    const shown = JSON.parse((await sandbox.run(['show', 'last', '--json'])).stdout.toString());
    expect(shown).toMatchObject({ id: last.id, url: last.url, tokens: last.tokens, sources: last.sources });
    expect(shown.segments.map((segment: { text: string }) => segment.text)).toContain('at once');
  });

  it('is summed up in one line at the end, and in none with --quiet', async () => {
    const sandbox = await newSandbox();
    const api = await apiWith(say('Hello.'));
    const env = await sandbox.behind(api);
    const command = client({ requests: REQUESTS.slice(0, 2) });
    expect(notices(await sandbox.run(['wrap', '--', ...command], { env }))).toEqual([
      expect.stringMatching(/^2 requests, .* tokens in.*See: claude-trace query$/),
    ]);
    expect(notices(await sandbox.run(['wrap', '--quiet', '--', ...command], { env }))).toEqual([]);
  });

  it('is printed as it ends with --live, a line on stderr for each API call', async () => {
    const telemetry = { path: '/api/event_logging/batch', headers: { 'content-type': 'application/json' }, body: '{}' };
    const sandbox = await newSandbox();
    const api = await apiWith(say('Hello.'));
    const env = await sandbox.behind(api);
    const { stderr, stdout } = await sandbox.run(
      ['wrap', '--live', '--quiet', '--', ...client({ requests: [...REQUESTS.slice(0, 2), telemetry] })],
      { env },
    );
    const lines = stderr.toString().trimEnd().split('\n');
    expect(lines).toEqual([0, 1].map(() => expect.stringMatching(/messages {2}claude-sonnet-4-5 {2}200 {2}.* in/)));
    expect(stdout.toString()).not.toContain('claude-sonnet');
    expect(sandbox.stored().map(({ row }) => row.kind)).toContain('telemetry');
  });

  it('is complete when four sessions write at once', async () => {
    const sandbox = await newSandbox();
    const api = await apiWith(say('Hello.'));
    const env = await sandbox.behind(api);
    const sessions = [0, 1, 2, 3].map((session) => {
      const requests = Array.from({ length: 8 }, (_, turn) => ({ body: message(`session ${session}, turn ${turn}`) }));
      return sandbox.run(['wrap', '--', ...client({ requests })], { env });
    });
    const ends = await Promise.all(sessions);
    expect(ends.map(notices)).toEqual(ends.map(() => [expect.stringMatching(/^8 requests, /)]));
    const expected = api.received.map(({ sha256 }) => sha256).toSorted();
    expect(expected).toHaveLength(32);
    expect(
      sandbox
        .stored()
        .map(({ requestBody }) => sha256(requestBody))
        .toSorted(),
    ).toEqual(expected);
  });
});

describe('secrets', () => {
  const SECRETS = {
    key: fakeKey('zorblax'),
    bearer: 'zorblax-bearer-0123456789',
    cookie: 'zorblax-cookie-0123456789',
    setCookie: 'scripted-cookie',
    refresh: 'zorblax-refresh-0123456789',
    access: 'zorblax-access-0123456789',
    proxyPassword: 'zorblax-company-password',
  };

  it('reach the API and the client, and stay out of the data folder, of stdout and of stderr', async () => {
    const sandbox = await newSandbox();
    const good = say('Hello.');
    const api = await apiWith(
      (request) =>
        request.path === '/v1/oauth/token'
          ? {
              status: 200,
              headers: JSON_TYPE,
              body: JSON.stringify({ access_token: SECRETS.access, token_type: 'bearer' }),
            }
          : good(request),
      { answerConnect: askForCredentials('baker', SECRETS.proxyPassword) },
    );
    const env = {
      ...(await sandbox.behind(api)),
      HTTPS_PROXY: withCredentials(api, 'baker', SECRETS.proxyPassword),
    };
    const headers = { cookie: `__cf_bm=${SECRETS.cookie}` };
    const requests: ClientRequest[] = [
      { headers: { ...headers, 'x-api-key': SECRETS.key }, body: message('with a key') },
      { headers: { ...headers, Authorization: `Bearer ${SECRETS.bearer}` }, body: message('with a token') },
      {
        path: '/v1/oauth/token',
        headers: JSON_TYPE,
        body: JSON.stringify({ grant_type: 'refresh_token', refresh_token: SECRETS.refresh }),
      },
    ];
    const wrapped = await sandbox.run(['wrap', '--live', '--', ...client({ requests })], { env });
    const seenByApi = api.received.map((request) => JSON.stringify(request.headers) + request.body);
    expect(seenByApi[0]).toContain(SECRETS.key);
    expect(seenByApi[1]).toContain(SECRETS.bearer);
    expect(seenByApi[2]).toContain(SECRETS.refresh);
    expect(answers(wrapped)[2]?.body.toString()).toContain(SECRETS.access);

    const ids = sandbox.stored().map(({ row }) => row.id);
    expect(ids).toHaveLength(3);
    const outputs = [
      wrapped,
      await sandbox.run(['query', '--kind', 'all', '--json']),
      await sandbox.run(['doctor'], { env }),
    ];
    for (const id of ids) {
      for (const how of ['--json', '--curl', '--request-body', '--response-body', '--segments']) {
        outputs.push(await sandbox.run(['show', id, how]));
      }
    }
    // The scripted client prints what it was answered, as a user's own program may.
    const [, ...ours] = outputs.map(({ stdout }) => stdout);
    const everything = Buffer.concat([
      await sandbox.bytesBelow(sandbox.dataDir),
      await sandbox.bytesBelow(sandbox.tmp),
      ...ours,
      ...outputs.map(({ stderr }) => stderr),
    ]);
    expect(everything.length).toBeGreaterThan(10_000);
    expect(Object.values(SECRETS).filter((secret) => everything.includes(secret))).toEqual([]);
  });

  it('have one stand-in each, the same in every session, by which requests can be joined', async () => {
    const sandbox = await newSandbox();
    const api = await apiWith(say('Hello.'));
    const env = await sandbox.behind(api);
    const request = { headers: { 'x-api-key': SECRETS.key }, body: message('again') };
    await sandbox.run(['wrap', '--', ...client({ requests: [request] })], { env });
    await sandbox.run(['wrap', '--', ...client({ requests: [request] })], { env });
    const marks = sandbox
      .stored()
      .map(({ detail }) => detail.requestHeaders.find(([name]) => name.toLowerCase() === 'x-api-key')?.[1]);
    expect(marks).toHaveLength(2);
    expect(marks[0]).toMatch(/^\[redacted:.+\]$/);
    expect(marks[1]).toBe(marks[0]);
  });

  it('lie beside a database that nobody else can read', async () => {
    const sandbox = await newSandbox();
    const api = await apiWith(say('Hello.'));
    await sandbox.run(['wrap', '--', ...client({ requests: REQUESTS.slice(0, 1) })], {
      env: await sandbox.behind(api),
    });
    const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    expect(await mode(sandbox.dataDir)).toBe('700');
    expect(await mode(sandbox.database)).toBe('600');
    expect(await mode(join(sandbox.dataDir, 'redaction.key'))).toBe('600');
  });
});
