import { Gathered } from '../gathered.js';
import { giveBack, type PipeEnd } from '../pipe-end.js';
import { type ClientHello, MAX_HELLO, parseClientHello, readCipherSuites } from './client-hello.js';

/** A hello, and what tells one kind of client from another. */
export interface OpeningHello extends ClientHello {
  ciphers: string;
}

/**
 * What a tunnel begins with. `plain`: no TLS, or the server speaks first, or a side ended before there was anything to see;
 * `unreadable`: begins like TLS, but is no hello that we understand.
 */
export type Opening = OpeningHello | 'plain' | 'unreadable';

/** Waits for the client's first bytes, however they dribble, and reads them; both sides are left paused and whole. */
export function readOpening(client: PipeEnd, upstream: PipeEnd): Promise<Opening> {
  return new Promise((resolve) => {
    const gathered = new Gathered();

    function finish(opening: Opening): void {
      client.stream.off('data', onData).off('end', onPlain).off('close', onPlain);
      upstream.stream.off('data', onServerFirst).off('end', onPlain).off('close', onPlain);
      upstream.stream.pause();
      // What has ended takes nothing back; it is half a hello at most.
      if (client.stream.readableEnded) upstream.stream.write(gathered.bytes);
      else giveBack(client.stream, gathered.bytes);
      resolve(opening);
    }
    function onData(chunk: Buffer): void {
      gathered.add(chunk);
      const result = parseClientHello(gathered.bytes);
      if (typeof result === 'object') finish({ ...result, ciphers: readCipherSuites(gathered.bytes) });
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
