import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { upstreamContext, world } from '../proxy/support/harness.js';
import { type ConnectTo, IDENTITY_CASES, playCase } from '../support/identity-cases.js';
import type { RunningProgram } from '../support/product/program.js';
import { newSandbox, type Sandbox } from '../support/product.js';
import { openTcp, openTunnel, type RawTlsServer, secure, startRawTlsServer } from '../support/raw-tls.js';

/** Says what it was given and lets the test play its part. */
const STAND_IN = 'console.log(JSON.stringify(process.env)); process.stdin.resume()';

const cleanups: (() => unknown)[] = [];
let server: RawTlsServer;
let sandbox: Sandbox;
let program: RunningProgram;
let childEnv: Record<string, string>;
let childCa: string;

beforeAll(async () => {
  server = await startRawTlsServer(upstreamContext(), { alpn: ['http/1.1'] });
  sandbox = await newSandbox((cleanup) => cleanups.unshift(cleanup));
  await sandbox.configure({ intercept_hosts: ['localhost'] });
  const worldCa = join(sandbox.root, 'world.pem');
  await writeFile(worldCa, world.certificatePem);
  program = sandbox.start(['wrap', '--', process.execPath, '-e', STAND_IN], { env: { NODE_EXTRA_CA_CERTS: worldCa } });
  childEnv = JSON.parse(await program.says('}\n'));
  childCa = await readFile(childEnv.NODE_EXTRA_CA_CERTS ?? '', 'utf8');
});
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup();
  await server.close();
});

const direct: ConnectTo = async (port) => secure(await openTcp(port), { ca: world.certificatePem, alpn: ['http/1.1'] });

const throughWrap: ConnectTo = async (port) => {
  const { username, password, port: proxyPort } = new URL(childEnv.HTTPS_PROXY ?? '');
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const tunnel = await openTunnel(Number(proxyPort), `localhost:${port}`, authorization);
  return secure(tunnel, { ca: ourCa(), alpn: ['http/1.1'] });
};

/** The session's own certificate alone: what it signs is what was read. */
function ourCa(): string {
  return childCa.slice(0, childCa.indexOf('-----BEGIN CERTIFICATE-----', 1));
}

describe('through the whole product, capturing, both ends see what they see without it', () => {
  it.each(IDENTITY_CASES)('$name', async (each) => {
    const expected = await playCase(each, server, direct);
    expect(await playCase(each, server, throughWrap)).toEqual(expected);
  });

  it('and all of it was captured', async () => {
    const { exitCode, stderr } = await program.ended;
    expect(exitCode).toBe(0);
    expect(stderr.toString()).not.toMatch(/could not|failed and was started/);
    // Each case has a request, but for the few in which a side says nothing.
    expect(sandbox.stored().length).toBeGreaterThan(IDENTITY_CASES.length);
    expect(new Set(sandbox.stored().map(({ detail }) => detail.state))).toEqual(
      new Set(['complete', 'cut_off', 'failed', 'aborted']),
    );
  });
});
