import type { Socket } from 'node:net';
import { Gathered } from '../gathered.js';
import { giveBack } from '../pipe-end.js';

/** Why there is no head. `closed`: before a byte; `cut`: in the middle; `too_large`, `timeout`, `garbage`: see the limits. */
export type NoHead = 'closed' | 'cut' | 'too_large' | 'timeout' | 'garbage';

export interface HeadLimits {
  maxBytes: number;
  timeoutMs: number;
}

/** A method is letters; `HTTP/` of a reply starts with one too. Anything else (a TLS hello, say) will never be a head. */
const HEAD_START = /^[A-Za-z]/;

/**
 * Reads an HTTP head, up to and with its empty line; what follows stays in the socket, which is then left paused. Where
 * there is no head, what came instead is gone. Lines may end in a bare LF.
 */
export function readHead(socket: Socket, { maxBytes, timeoutMs }: HeadLimits): Promise<Buffer | NoHead> {
  return new Promise((resolve) => {
    const gathered = new Gathered();
    const timer = setTimeout(() => finish('timeout'), timeoutMs);

    function finish(result: Buffer | NoHead): void {
      clearTimeout(timer);
      socket.off('data', onData).off('end', onEnd).off('close', onEnd);
      if (Buffer.isBuffer(result)) giveBack(socket, gathered.bytes.subarray(result.length));
      resolve(result);
    }
    function onData(chunk: Buffer): void {
      const searched = gathered.length;
      gathered.add(chunk);
      const end = headEnd(gathered.bytes, searched);
      if (end !== null && end <= maxBytes) finish(gathered.bytes.subarray(0, end));
      else if (gathered.length > maxBytes) finish('too_large');
      else if (!HEAD_START.test(gathered.bytes.toString('latin1', 0, 1))) finish('garbage');
    }
    function onEnd(): void {
      finish(gathered.length === 0 ? 'closed' : 'cut');
    }
    socket.on('data', onData).on('end', onEnd).on('close', onEnd);
    socket.resume();
  });
}

const LF = 0x0a;
const CR = 0x0d;

/** Offset behind the empty line, null while there is none. @param searched bytes that were looked at before */
function headEnd(bytes: Buffer, searched: number): number | null {
  for (let at = bytes.indexOf(LF, searched); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    const before = bytes[at - 1] === CR ? at - 2 : at - 1;
    if (before >= 0 && bytes[before] === LF) return at + 1;
  }
  return null;
}
