import type { Socket } from 'node:net';
import { GrowingBuffer } from '../../base/growing-buffer.js';
import { giveBack } from '../pipe-end.js';

/** Why there is no head. `closed`: before the first byte; `cut`: in the middle; `garbage`: it can never be a head. */
export type NoHead = 'closed' | 'cut' | 'too_large' | 'timeout' | 'garbage';

export interface HeadLimits {
  maxBytes: number;
  timeoutMs: number;
}

/** A method, and `HTTP/` of a reply, begin with a letter. Anything else (such as a TLS hello) is not a head. */
const HEAD_START = /^[A-Za-z]/;

/**
 * Reads an HTTP head with its empty line, and leaves the socket paused, with the bytes that follow. Where there is no head, the
 * bytes are lost. Lines may end in a bare LF.
 */
export function readHead(socket: Socket, { maxBytes, timeoutMs }: HeadLimits): Promise<Buffer | NoHead> {
  return new Promise((resolve) => {
    const gathered = new GrowingBuffer();
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

/** Offset behind the empty line; null without one. @param searched number of bytes that were searched before */
export function headEnd(bytes: Buffer, searched: number): number | null {
  for (let at = bytes.indexOf(LF, searched); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    const before = bytes[at - 1] === CR ? at - 2 : at - 1;
    if (before >= 0 && bytes[before] === LF) return at + 1;
  }
  return null;
}
