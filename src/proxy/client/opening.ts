import { GrowingBuffer } from '../../base/growing-buffer.js';
import { giveBack, type PipeEnd } from '../pipe-end.js';
import { type ClientHello, MAX_HELLO, parseClientHello } from './client-hello.js';

/**
 * What a tunnel begins with. `plain`: no TLS, or the server sends first, or a side ended before that; `unreadable`: it begins
 * like TLS, but is not a hello that we understand.
 */
export type Opening = ClientHello | 'plain' | 'unreadable';

/** Waits for the client's first bytes, in any pieces, and reads them. Both sides are left paused, with all their bytes. */
export function readOpening(client: PipeEnd, upstream: PipeEnd): Promise<Opening> {
  return new Promise((resolve) => {
    const gathered = new GrowingBuffer();

    function finish(opening: Opening): void {
      client.stream.off('data', onData).off('end', onPlain).off('close', onPlain);
      upstream.stream.off('data', onServerFirst).off('end', onPlain).off('close', onPlain);
      upstream.stream.pause();
      // A stream that has ended takes no bytes back: they are at most half a hello.
      if (client.stream.readableEnded) upstream.stream.write(gathered.bytes);
      else giveBack(client.stream, gathered.bytes);
      resolve(opening);
    }
    function onData(chunk: Buffer): void {
      gathered.add(chunk);
      const result = parseClientHello(gathered.bytes);
      if (typeof result === 'object') finish(result);
      else if (result === 'not_tls') finish('plain');
      else if (result === 'malformed' || gathered.length > 2 * MAX_HELLO) finish('unreadable');
    }
    function onServerFirst(chunk: Buffer): void {
      upstream.stream.pause();
      upstream.stream.unshift(chunk);
      finish('plain');
    }
    function onPlain(): void {
      finish('plain');
    }
    client.stream.on('data', onData).on('end', onPlain).on('close', onPlain);
    upstream.stream.on('data', onServerFirst).on('end', onPlain).on('close', onPlain);
    client.stream.resume();
    upstream.stream.resume();
  });
}
