import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type TLSSocket } from 'node:tls';

/** Made once: loading the root certificates for each connection would be most of its cost. */
const secureContext = createSecureContext();

/** TLS to the host, directly or through an HTTP proxy that may ask for credentials. @throws Error saying what failed. */
export async function connect(host: string, port: number, proxy: URL | null): Promise<TLSSocket> {
  const socket = await (proxy ? throughProxy(host, port, proxy) : tcp('127.0.0.1', port));
  const stream = connectTls({ socket, servername: host, secureContext, ALPNProtocols: ['http/1.1'] });
  await once(stream, 'secureConnect');
  return stream;
}

async function tcp(host: string, port: number): Promise<Socket> {
  const socket = connectTcp({ host, port, noDelay: true });
  await once(socket, 'connect');
  return socket;
}

async function throughProxy(host: string, port: number, proxy: URL): Promise<Socket> {
  const socket = await tcp(proxy.hostname, Number(proxy.port));
  const credentials = Buffer.from(`${proxy.username}:${proxy.password}`).toString('base64');
  const authorization = proxy.username ? `Proxy-Authorization: Basic ${credentials}\r\n` : '';
  socket.write(`CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\n${authorization}\r\n`);
  const status = (await readHead(socket)).split('\r\n', 1)[0] ?? '';
  if (!/^HTTP\/1\.1 200/.test(status)) {
    socket.destroy();
    throw new Error(`the proxy answered CONNECT with: ${status}`);
  }
  return socket;
}

/** http-mitm-proxy writes its answer to CONNECT line by line. Nothing follows it before our hello. */
function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = '';
    const onData = (bytes: Buffer) => {
      head += bytes.toString('latin1');
      if (!head.endsWith('\r\n\r\n')) return;
      socket.off('data', onData).off('close', onClose);
      resolve(head);
    };
    const onClose = () => reject(new Error('the proxy closed the connection instead of answering CONNECT'));
    socket.on('data', onData).once('close', onClose).once('error', reject);
  });
}
