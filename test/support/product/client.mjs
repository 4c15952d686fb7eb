/*
 * A program to be traced: sends what its plan says through HTTPS_PROXY, over one connection as long as that holds, as
 * Claude Code does. Prints a JSON line for whatever happens. usage: client.mjs <plan>, see client.ts.
 */
import { randomBytes } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import { connect } from 'node:tls';

const { host, port = 443, requests, exitCode = 0 } = JSON.parse(process.argv[2]);
const tell = (event, more) => process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);
tell('start', { pid: process.pid });

let tunnel = null;
let lines = null;
for (const [index, { waitFor, ...each }] of requests.entries()) {
  if (waitFor) await line(waitFor);
  for (;;) {
    const error = await send(index, each).then(
      () => null,
      (reason) => reason,
    );
    if (error === null) break;
    tell('error', { index, message: error.message, code: error.code ?? null });
    tunnel?.socket.destroy();
    tunnel = null;
    if (!each.retry) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
// What was printed must arrive, even many megabytes.
process.stdout.write('', () => process.exit(exitCode));

async function send(
  index,
  { method = 'POST', path = '/v1/messages', headers = {}, encoding = 'utf8', stopAfter, newConnection, ...each },
) {
  if (newConnection) {
    tunnel?.socket.destroy();
    tunnel = null;
  }
  if (tunnel === null || tunnel.socket.destroyed) tunnel = await openTunnel(index);
  const { agent } = tunnel;
  const bytes = Buffer.from(each.body?.replace('%noise%', () => noise(each.noise)) ?? '', encoding);
  const length = method === 'POST' ? { 'content-length': bytes.length } : {};
  await new Promise((resolve, reject) => {
    const sent = request({ host, method, path, agent, headers: { host, ...length, ...headers } });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const { statusCode: status } = response;
      const chunks = [];
      let size = 0;
      response.on('data', (chunk) => {
        if (chunks.length === 0) tell('data', { index, status });
        chunks.push(chunk);
        size += chunk.length;
        if (size >= stopAfter) response.destroy(new Error('stopped'));
      });
      response.on('error', reject);
      response.on('end', () => {
        tell('end', { index, status, body: Buffer.concat(chunks).toString('base64') });
        resolve();
      });
    });
    sent.end(bytes);
  });
}

/** Text that cannot be compressed much. */
function noise(length = 0) {
  return randomBytes(length).toString('base64').slice(0, length);
}

async function openTunnel(index) {
  const proxy = new URL(process.env.HTTPS_PROXY);
  const credentials = Buffer.from(`${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`);
  const tcp = await new Promise((resolve, reject) => {
    const connecting = httpRequest({
      host: proxy.hostname,
      port: proxy.port,
      method: 'CONNECT',
      path: `${host}:${port}`,
      headers: { 'proxy-authorization': `Basic ${credentials.toString('base64')}` },
    });
    connecting.on('error', reject);
    connecting.on('connect', (response, through) => {
      if (response.statusCode === 200) resolve(through);
      else reject(Object.assign(new Error('the proxy refused'), { code: String(response.statusCode) }));
    });
    connecting.end();
  });
  const socket = await new Promise((resolve, reject) => {
    const tls = connect({ socket: tcp, servername: host, ALPNProtocols: ['http/1.1'] }, () => resolve(tls));
    tls.once('error', reject);
    tls.once('close', () => reject(new Error('closed during the handshake')));
  });
  socket.on('error', () => {});
  tell('tls', { index, issuer: socket.getPeerCertificate().issuer.CN });
  const agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), {
    defaultPort: 443,
    protocol: 'https:',
    createConnection: () => socket,
  });
  return { agent, socket };
}

/** Waits for this line on stdin, or for its end. */
async function line(expected) {
  lines ??= createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await lines.next();
    if (done || value === expected) return;
  }
}
