/**
 * mitmproxy as a plain proxy, a process (mitmdump): streams bodies both ways, as it is configured for server-sent events. Prints its
 * port in a line, and ends with its stdin.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const folder = process.env.BENCH_FOLDER;
if (spawnSync('mitmdump', ['--version']).status !== 0) throw new Error('mitmdump is not installed');
const port = await freePort();
const options = {
  confdir: folder,
  stream_large_bodies: 1,
  http2: false,
  connection_strategy: 'lazy',
  ssl_verify_upstream_trusted_ca: process.env.NODE_EXTRA_CA_CERTS,
};
const settings = Object.entries(options).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
const child = spawn('mitmdump', ['-q', '--listen-host', '127.0.0.1', '-p', String(port), ...settings], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
child.on('exit', (code) => process.exit(code ?? 1));
while (!(await isListening(port))) await sleep(50);
console.log(JSON.stringify({ port, caPem: readFileSync(join(folder, 'mitmproxy-ca-cert.pem'), 'utf8') }));
process.stdin.resume().on('end', () => {
  child.removeAllListeners('exit').on('exit', () => process.exit());
  child.kill();
});

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function isListening(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}
