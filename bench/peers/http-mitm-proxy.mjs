/**
 * http-mitm-proxy as a plain proxy, a process: passes everything through and keeps connections. Says its port in a line, ends
 * with its stdin. Upstream's authority is trusted by NODE_EXTRA_CA_CERTS.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Proxy as MitmProxy } from 'http-mitm-proxy';

const folder = process.env.BENCH_FOLDER;
const proxy = new MitmProxy();
// Without a listener it prints errors itself, on stdout as well.
proxy.onError((_context, error) => console.error(String(error)));
proxy.listen({ host: '127.0.0.1', port: 0, keepAlive: true, sslCaDir: folder }, (error) => {
  if (error) throw error;
  const caPem = readFileSync(join(folder, 'certs', 'ca.pem'), 'utf8');
  console.log(JSON.stringify({ port: proxy.httpPort, caPem }));
});
process.stdin.resume().on('end', () => process.exit());
