import { once } from 'node:events';
import http2 from 'node:http2';
import { Duplex } from 'node:stream';

/** A request as Node's own HTTP/2 server (nghttp2) understood it. */
export interface ServedRequest {
  request: string;
  headers: string[][];
  body: string;
}

const RST_STREAM = 3;
const PING_TYPE = 6;
const GOAWAY = 7;
/** Its answer comes when everything before it has been read. */
const PING = Buffer.concat([Buffer.of(0, 0, 8, PING_TYPE, 0, 0, 0, 0, 0), Buffer.from('zoftzoft')]);
const MAX_TURNS = 20;

/** The requests in a client's bytes; null if Node refuses any of it, or one is not whole. */
export async function servedByNode(bytes: Buffer): Promise<ServedRequest[] | null> {
  const server = http2.createServer();
  const requests: ServedRequest[] = [];
  let open = 0;
  let isRefused = false;
  const refuse = () => {
    isRefused = true;
  };
  server.on('sessionError', refuse);
  server.on('stream', (stream: http2.ServerHttp2Stream, _headers: object, _flags: number, raw: string[]) => {
    const fields = raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []));
    const pseudo = (wanted: string) => fields.find(([name]) => name === wanted)?.[1] ?? '';
    const served: ServedRequest = {
      request: `${pseudo(':method')} ${pseudo(':path')} 2`,
      headers: fields.filter(([name]) => !name?.startsWith(':')),
      body: '',
    };
    requests.push(served);
    open += 1;
    stream.on('error', refuse);
    stream.on('aborted', refuse);
    stream.setEncoding('latin1').on('data', (text: string) => {
      served.body += text;
    });
    stream.on('end', () => {
      open -= 1;
    });
  });
  const written: Buffer[] = [];
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    written.push(chunk);
    done();
  };
  const socket = new Duplex({ read() {}, write, final: (done) => done() });
  const opened = once(server, 'session');
  server.emit('connection', socket);
  socket.push(bytes);
  socket.push(PING);
  const [session] = (await opened) as [http2.ServerHttp2Session];
  session.on('goaway', refuse);
  let types: number[] = [];
  for (let turn = 0; turn < MAX_TURNS && !types.some((type) => type === GOAWAY || type === PING_TYPE); turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    types = frameTypesOf(Buffer.concat(written));
  }
  const isRead = types.includes(PING_TYPE) && !types.some((type) => type === GOAWAY || type === RST_STREAM);
  const isWhole = isRead && !isRefused && open === 0;
  session.destroy();
  socket.destroy();
  server.close();
  return isWhole ? requests : null;
}

function frameTypesOf(bytes: Buffer): number[] {
  const types: number[] = [];
  for (let pos = 0; pos + 9 <= bytes.length; pos += 9 + bytes.readUIntBE(pos, 3)) types.push(bytes.readUInt8(pos + 3));
  return types;
}
