import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { startDemo } from '../../src/demo/demo.js';
import type { ScriptedApi } from '../../src/scripted/scripted-api.js';
import { fakeKey } from '../support/fake-key.js';
import { newSandbox, notices, type Sandbox } from '../support/product.js';

const CLIENT = fileURLToPath(new URL('../../dist/demo/played/client.js', import.meta.url));
const KEY = fakeKey('user');
const shown = z.object({
  segments: z.array(
    z.object({ known: z.string(), part: z.string(), unread: z.string().nullable(), tokens: z.number() }),
  ),
});

let sandbox: Sandbox;
let api: ScriptedApi;
let env: Record<string, string>;

/** The API is reached by CONNECT and TLS, as through a company's proxy. */
beforeAll(async () => {
  const cleanups: (() => Promise<void>)[] = [];
  sandbox = await newSandbox((cleanup) => cleanups.push(cleanup));
  api = await startDemo();
  cleanups.push(() => api.close());
  env = await sandbox.behind(api);
  return async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
  };
});

it('requires a key of the user before anything is started', async () => {
  const ended = await sandbox.run(['wrap', '--measure', '--', process.execPath, CLIENT], { env });
  expect(ended.exitCode).toBe(1);
  expect(notices(ended)).toEqual([expect.stringContaining('set ANTHROPIC_API_KEY')]);
  expect(api.received).toEqual([]);
});

it('measures the requests of a command when it has ended, and leaves nothing to `measure`', async () => {
  const withKey = { ...env, ANTHROPIC_API_KEY: KEY };
  const command = ['--', process.execPath, CLIENT];
  const ended = await sandbox.run(['wrap', '--measure', ...command], { env: withKey });
  expect(ended.exitCode).toBe(0);
  expect(notices(ended).join('\n')).toMatch(
    /\d+ requests counted, \d+ pieces of content measured\.[\s\S]*known exactly: .* now/,
  );

  const counts = api.received.filter(({ path }) => path.startsWith('/v1/messages/count_tokens'));
  const lastMessage = api.received.findLastIndex(
    ({ path }) => path.startsWith('/v1/messages?') || path === '/v1/messages',
  );
  const measured = api.received.slice(lastMessage + 1).filter((request) => counts.includes(request));
  expect(measured.length).toBeGreaterThan(20);
  for (const { headers, encrypted } of measured) {
    expect(encrypted).toBe(true);
    expect(headers.filter(([name]) => /key|authorization|cookie/i.test(name))).toEqual([['x-api-key', KEY]]);
  }
  expect((await sandbox.bytesBelow(sandbox.root)).includes(KEY)).toBe(false);

  const { segments } = shown.parse(JSON.parse((await sandbox.run(['show', 'last', '--json'])).stdout.toString()));
  const total = segments.reduce((sum, { tokens }) => sum + tokens, 0);
  const exact = segments.filter(({ known }) => known === 'exact').reduce((sum, { tokens }) => sum + tokens, 0);
  expect(exact / total).toBeGreaterThan(0.95);

  const before = api.received.length;
  const plan = await sandbox.run(['measure', '--dry-run', '--json']);
  expect(JSON.parse(plan.stdout.toString())).toMatchObject({ requests: 0 });
  const again = await sandbox.run(['measure', '--json'], { env: withKey });
  expect(JSON.parse(again.stdout.toString())).toMatchObject({
    counted: 0,
    complete: true,
    tokens: { exact_before: expect.any(Number) },
  });
  expect(api.received).toHaveLength(before);

  const forgotten = await sandbox.run(['measure', '--forget']);
  expect(forgotten.stdout.toString()).toMatch(/^The counts of \d+ pieces of content were removed\./);
  const left = await sandbox.run(['measure', '--dry-run', '--json']);
  expect(JSON.parse(left.stdout.toString()).requests).toBeGreaterThan(20);
  await sandbox.run(['reattribute']);
  const estimated = shown.parse(JSON.parse((await sandbox.run(['show', 'last', '--json'])).stdout.toString()));
  expect(estimated.segments.filter(({ known }) => known === 'exact').length).toBeLessThan(segments.length / 2);
  expect(api.received).toHaveLength(before);
});

it('says what is wrong with a session or a key', async () => {
  const ended = await sandbox.run(['measure', 'nothing-like-it'], { env: { ...env, ANTHROPIC_API_KEY: KEY } });
  expect(ended.exitCode).toBe(1);
  const token = await sandbox.run(['measure'], { env: { ...env, ANTHROPIC_API_KEY: 'sk-ant-oat01-subscription' } });
  expect([token.exitCode, notices(token).join()]).toEqual([1, expect.stringContaining('token of a subscription')]);
});
