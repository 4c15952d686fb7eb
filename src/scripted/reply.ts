import type { ServerResponse } from 'node:http';

/** An answer of the scripted API, as plain data: a fault is a field, not another server. */
export interface Reply {
  status: number;
  headers: Record<string, string | string[]>;
  /** Bytes at once (with Content-Length), or pieces over time (chunked): each is written and flushed on its own. */
  body: string | Uint8Array | AsyncIterable<string | Uint8Array>;
  /** How it ends: as HTTP demands (default), or too early, with a FIN (`cut`) or an RST (`reset`). */
  ending?: 'complete' | 'cut' | 'reset';
  /** These bytes are sent instead of everything above; the connection stays open unless `ending` says otherwise. */
  wire?: Uint8Array;
}

export function jsonReply(status: number, body: unknown, headers: Reply['headers'] = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** An error in the API's shape: https://docs.claude.com/en/api/errors */
export function errorReply(status: number, type: string, message: string, headers: Reply['headers'] = {}): Reply {
  return jsonReply(status, { type: 'error', error: { type, message } }, headers);
}

/**
 * Writes a reply. Resolves when the last piece is handed to the socket.
 * @param reset breaks the TCP connection
 * @returns the body bytes that were sent
 */
export async function sendReply(response: ServerResponse, reply: Reply, reset: () => void): Promise<Buffer> {
  const { status, headers, body, wire } = reply;
  if (wire !== undefined) return sendWire(response, wire, reply.ending, reset);
  const sent: Uint8Array[] = [];
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = Buffer.from(body);
    // A broken reply promises more bytes than it sends.
    const promised = bytes.length + (isBroken(reply) ? 1 : 0);
    response.writeHead(status, { ...headers, 'content-length': promised });
    await write(response, bytes);
    sent.push(bytes);
  } else {
    response.writeHead(status, headers);
    response.flushHeaders();
    for await (const piece of body) {
      if (response.destroyed) break;
      const bytes = Buffer.from(piece);
      await write(response, bytes);
      sent.push(bytes);
    }
  }
  if (reply.ending === 'reset') reset();
  else if (reply.ending === 'cut') response.socket?.destroySoon();
  else response.end();
  return response.req.method === 'HEAD' ? Buffer.alloc(0) : Buffer.concat(sent);
}

async function sendWire(
  { socket }: ServerResponse,
  wire: Uint8Array,
  ending: Reply['ending'],
  reset: () => void,
): Promise<Buffer> {
  await new Promise<void>((resolve) => {
    if (socket === null) resolve();
    else socket.write(wire, () => resolve());
  });
  if (ending === 'reset') reset();
  else if (ending === 'cut') socket?.destroySoon();
  return Buffer.from(wire);
}

function isBroken({ ending }: Reply): boolean {
  return ending === 'cut' || ending === 'reset';
}

/** Waits until the socket has taken the piece, so that an abrupt ending follows it. */
function write(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    response.once('close', resolve);
    response.write(bytes, () => {
      response.off('close', resolve);
      resolve();
    });
  });
}
