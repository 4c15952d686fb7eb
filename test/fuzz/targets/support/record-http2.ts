/**
 * Writes http2-sessions.json: what Node's own HTTP/2 client and server send each other. It is a file, so that a seed means the same
 * inputs on every machine.
 *
 * usage: npx tsx test/fuzz/targets/support/record-http2.ts
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import net, { type AddressInfo } from 'node:net';

interface Phase {
  sender: 'client' | 'upstream';
  /** As base64. */
  bytes: string;
}

async function recorded(
  serverOptions: http2.ServerOptions,
  requests: readonly { headers: http2.OutgoingHttpHeaders; body?: string; cancels?: boolean }[],
): Promise<Phase[]> {
  const chunks: { sender: Phase['sender']; bytes: Buffer }[] = [];
  const server = http2.createServer(serverOptions, (request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-path': request.url });
      response.write('event: ping\ndata: {"type": "ping"}\n\n');
      if (request.headers['x-cancel'] === undefined) response.end('data: {}\n\n');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const pipe = net.createServer((client) => {
    const upstream = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('data', (bytes) => chunks.push({ sender: 'client', bytes }) && upstream.write(bytes));
    upstream.on('data', (bytes) => chunks.push({ sender: 'upstream', bytes }) && client.write(bytes));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  pipe.listen(0, '127.0.0.1');
  await once(pipe, 'listening');
  const session = http2.connect(`http://127.0.0.1:${(pipe.address() as AddressInfo).port}`);
  await once(session, 'remoteSettings');
  for (const { headers, body, cancels } of requests) {
    const stream = session.request(headers, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    await once(stream, 'data');
    if (cancels) stream.close(http2.constants.NGHTTP2_CANCEL);
    stream.resume();
    await once(stream, 'close');
  }
  session.close();
  await once(session, 'close');
  server.close();
  pipe.close();
  const phases: { sender: Phase['sender']; bytes: Buffer }[] = [];
  for (const { sender, bytes } of chunks) {
    const last = phases.at(-1);
    if (last?.sender === sender) last.bytes = Buffer.concat([last.bytes, bytes]);
    else phases.push({ sender, bytes });
  }
  return phases.map(({ sender, bytes }) => ({ sender, bytes: bytes.toString('base64') }));
}

const post = { ':method': 'POST', ':path': '/v1/messages?beta=true', 'x-api-key': 'zoft', 'user-agent': 'client/1' };
const sessions = [
  await recorded({}, [
    { headers: post, body: '{"model":"quorn","messages":[]}' },
    { headers: { ...post, ':path': '/v1/messages/count_tokens' }, body: '{"a":1}' },
    { headers: { ':method': 'GET', ':path': '/', cookie: ['a=1', 'b=2'] } },
  ]),
  await recorded({ paddingStrategy: http2.constants.PADDING_STRATEGY_MAX, settings: { headerTableSize: 64 } }, [
    { headers: { ...post, 'x-long': 'v'.repeat(300) }, body: 'zoft '.repeat(40) },
    { headers: { ':method': 'GET', ':path': '/cancelled', 'x-cancel': '1' }, cancels: true },
  ]),
];
writeFileSync(new URL('http2-sessions.json', import.meta.url), `${JSON.stringify(sessions, null, 1)}\n`);
