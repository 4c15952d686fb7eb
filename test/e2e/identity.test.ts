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

/** Each matches everything that rules can see. */
const ACTIONS = [
  { tag: 'seen' },
  { alert: 'look' },
  { redact: ['$', '$..*'] },
  { delay: { ms: 60_000 } },
  { modify: { set: { '$.model': 'another', '$.messages': [] }, remove: ['$..*'] } },
  { pause: {} },
  { fault: { kind: 'slow', bytes_per_second: 1 } },
  { mock: { result: { content: [] } } },
  { block: { reason: 'no' } },
  { fault: { kind: 'close' } },
];
const when = { direction: { one_of: ['client_to_server', 'server_to_client'] } };
// Biome takes an object with a field `then` for a promise.
const rulesOf = (actions: readonly object[]): object[] =>
  actions.map((action, index) =>
    Object.fromEntries([
      ['id', `rule-${index}`],
      ['when', when],
      ['then', [action]],
    ]),
  );
/** The rules that the configuration may have also read requests to the API. */
const READING = rulesOf(ACTIONS.slice(0, 3));

const cleanups: (() => unknown)[] = [];
let server: RawTlsServer;
beforeAll(async () => {
  server = await startRawTlsServer(upstreamContext(), { alpn: ['http/1.1'] });
});
afterAll(async () => {
  for (const cleanup of cleanups) await cleanup();
  await server.close();
});

const direct: ConnectTo = async (port) => secure(await openTcp(port), { ca: world.certificatePem, alpn: ['http/1.1'] });

describe.each([{ rules: 'no rules' }, { rules: 'rules that do everything with everything' }])(
  'through the whole product, capturing, with $rules, both ends see what they see without it',
  ({ rules }) => {
    const hasRules = rules !== 'no rules';
    let sandbox: Sandbox;
    let program: RunningProgram;
    let childEnv: Record<string, string>;
    let childCa: string;

    beforeAll(async () => {
      sandbox = await newSandbox((cleanup) => cleanups.unshift(cleanup));
      await sandbox.configure({ intercept_hosts: ['localhost'], ...(hasRules && { rules: READING }) });
      const worldCa = join(sandbox.root, 'world.pem');
      await writeFile(worldCa, world.certificatePem);
      const file = join(sandbox.root, 'rules.json');
      await writeFile(file, JSON.stringify({ version: 1, rules: rulesOf(ACTIONS) }));
      // An MCP server on the very host of the API.
      const mcpServers = { beside: { type: 'http', url: `https://localhost:${server.port}/mcp` } };
      await writeFile(join(sandbox.env.HOME ?? '', '.claude.json'), JSON.stringify(hasRules ? { mcpServers } : {}));
      const options = hasRules ? ['--rules', file] : [];
      program = sandbox.start(['wrap', ...options, '--', process.execPath, '-e', STAND_IN], {
        env: { NODE_EXTRA_CA_CERTS: worldCa },
      });
      childEnv = JSON.parse(await program.says('}\n'));
      childCa = await readFile(childEnv.NODE_EXTRA_CA_CERTS ?? '', 'utf8');
    });

    const throughWrap: ConnectTo = async (port) => {
      const { username, password, port: proxyPort } = new URL(childEnv.HTTPS_PROXY ?? '');
      const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
      const tunnel = await openTunnel(Number(proxyPort), `localhost:${port}`, authorization);
      // The session's own certificate alone: what it signs is what was read.
      const ca = childCa.slice(0, childCa.indexOf('-----BEGIN CERTIFICATE-----', 1));
      return secure(tunnel, { ca, alpn: ['http/1.1'] });
    };

    it.each(IDENTITY_CASES)('$name', async (each) => {
      const expected = await playCase(each, server, direct);
      expect(await playCase(each, server, throughWrap)).toEqual(expected);
    });

    it('and all of it was captured', async () => {
      const { exitCode, stderr } = await program.ended;
      expect(exitCode).toBe(0);
      expect(stderr.toString()).not.toMatch(/could not|failed and was started/);
      // Each case has a request, except the few in which a side sends nothing.
      expect(sandbox.stored().length).toBeGreaterThan(IDENTITY_CASES.length);
      expect(new Set(sandbox.stored().map(({ detail }) => detail.state))).toEqual(
        new Set(['complete', 'cut_off', 'failed', 'aborted']),
      );
      expect(stderr.toString()).toMatch(hasRules ? /Rules: \d+ hits of 3 rules/ : /^/);
    });
  },
);
