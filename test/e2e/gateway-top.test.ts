import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createAuthority, signLeaf } from '../../src/proxy/certificates/authority.js';
import { afterwards, onTerminal } from '../support/product/shell-terminal.js';
import { newSandbox, notices } from '../support/product.js';

const G = 'claude_trace_gateway_';
const METRICS = `process_start_time_seconds 1
${G}info{version="9.8.7"} 1
${G}requests_total{route="docs",outcome="ok"} 42
${G}upstream_healthy{route="docs",upstream="one"} 1
`;

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const metrics =
  (token?: string): RequestListener =>
  ({ headers }, response) => {
    const isAllowed = headers.authorization === (token && `Bearer ${token}`);
    response.writeHead(isAllowed ? 200 : 401).end(isAllowed ? METRICS : '');
  };

it('claude-trace gateway top shows a running gateway until q, also while it does not answer', async () => {
  const sandbox = await newSandbox();
  let isUp = true;
  const server = createServer((request, response) => {
    if (isUp) metrics()(request, response);
    else response.writeHead(503).end();
  });
  const url = `http://127.0.0.1:${await portOf(server)}`;
  // No configuration is here.
  const terminal = onTerminal(sandbox, ['gateway', 'top', '--url', url]);
  await terminal.sees(/^docs one +healthy/m);
  expect(terminal.rows()[0]).toBe(`gateway ${url}  9.8.7`);
  isUp = false;
  await terminal.sees(/^The gateway does not answer: it answered 503$/m);
  terminal.resize(40, 5);
  await terminal.sees(/^The gateway does not answer: it answere…/m);
  expect(terminal.rows()[2]).toMatch(/^…/);
  isUp = true;
  await terminal.sees(/^q quits/m);
  terminal.type('q');
  expect((await afterwards(terminal)).exit).toBe(0);
});

it('claude-trace gateway top needs only the address and the token, and trusts the certificate of this gateway alone', async () => {
  const sandbox = await newSandbox();
  const authority = createAuthority(['mcp.example.com']);
  const [own, other] = [0, 1].map(() => signLeaf(authority, 'mcp.example.com'));
  const server = createTlsServer({ cert: own?.certificatePem, key: own?.privateKeyPem }, metrics('zorblax'));
  await mkdir(join(sandbox.cwd, 'tls'));
  const certify = (pem = '') => writeFile(join(sandbox.cwd, 'tls/cert.pem'), pem + authority.certificatePem);
  const config = {
    version: 1,
    listen: { port: await portOf(server) },
    public_url: 'https://mcp.example.com',
    tls: { cert: 'tls/cert.pem', key: 'tls/key.pem' },
    keys: [`\${SESSION_KEY}`, `\${file:/nowhere}`],
    metrics: { token: `\${METRICS_TOKEN}` },
  };
  await writeFile(join(sandbox.cwd, 'gateway.yaml'), JSON.stringify(config));
  const top = () => sandbox.run(['gateway', 'top'], { env: { METRICS_TOKEN: 'zorblax' } });
  await certify(own?.certificatePem);
  expect((await top()).stdout.toString()).toContain('42 requests');
  await certify(other?.certificatePem);
  const refused = await top();
  expect([refused.exitCode, notices(refused).join('\n')]).toEqual([1, expect.stringMatching(/verif|certificate/)]);
  const missing = await sandbox.run(['gateway', 'top']);
  expect(notices(missing).join('\n')).toMatch(/METRICS_TOKEN is not set/);
  expect(notices(missing).join('\n')).not.toContain('SESSION_KEY');
});
