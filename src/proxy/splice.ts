import Queue from 'yocto-queue';
import { now } from '../base/clock.js';
import type { Closed, Observer } from '../wire/index.js';
import type { Rewriting } from './closing-answer.js';
import { errorCode } from './failures.js';
import { type PipeEnd, reset } from './pipe-end.js';

/**
 * Joins two open connections: bytes pass both ways untouched, with backpressure. An end (FIN, close_notify) passes as an end
 * while the other direction goes on, and a reset as a reset. Bytes that are already in the streams come first.
 * @param answer changes upstream's bytes before they are observed and written
 */
export function splice(
  client: PipeEnd,
  upstream: PipeEnd,
  observer: Observer | null,
  answer: Rewriting | null = null,
): void {
  let first: Closed | null = null;
  let open = 2;
  const note = (by: Closed['by'], how: Closed['how'], code: string | null) => {
    first ??= { by, how, code };
  };
  const onGone = () => {
    open -= 1;
    if (open > 0) return;
    observer?.closed(first ?? { by: 'proxy', how: 'reset', code: null }, now());
  };

  pump(client, upstream, {
    bytes: observer && ((chunk, at) => observer.clientBytes(chunk, at)),
    accepted: observer && ((total, at) => observer.forwarded(total, at)),
    ended: () => {
      note('client', 'fin', null);
      observer?.clientEnded(now());
    },
    broken: (code, ours) => note(ours ? 'proxy' : 'client', 'reset', code),
    gone: onGone,
    // Nobody is left who reads an answer.
    lossless: false,
    rewriting: null,
  });
  pump(upstream, client, {
    bytes: observer && ((chunk, at) => observer.upstreamBytes(chunk, at)),
    accepted: observer && ((total, at) => observer.delivered(total, at)),
    ended: () => {
      note('upstream', 'fin', null);
      observer?.upstreamEnded(now());
    },
    broken: (code, ours) => note(ours ? 'proxy' : 'upstream', 'reset', code),
    gone: onGone,
    // A direct client could still read what came before the reset.
    lossless: true,
    rewriting: answer,
  });
}

/** A sender is stopped above this many unwritten bytes. A lower limit would stop and start it with every TLS record. */
const MAX_UNWRITTEN = 256 * 1024;

interface Direction {
  bytes: ((chunk: Buffer, at: number) => void) | null;
  /** The receiving socket has accepted this many bytes in all. */
  accepted: ((total: number, at: number) => void) | null;
  ended(): void;
  /** The side closed without an end, or after an error. `ours`: we destroyed it ourselves, without an error. */
  broken(code: string | null, ours: boolean): void;
  gone(): void;
  /** Whether a reset waits until the bytes before it are written. */
  lossless: boolean;
  rewriting: Rewriting | null;
}

/** One direction. It also watches for the end of `from`, since every socket is the `from` of one direction. */
function pump(from: PipeEnd, to: PipeEnd, direction: Direction): void {
  const { bytes, accepted } = direction;
  let total = 0;
  /** Sizes of the chunks that are not written yet. */
  const unwritten = new Queue<number>();
  let ended = false;
  let resetWhenWritten = false;

  const onData = (read: Buffer) => {
    const chunk = direction.rewriting?.bytes(read) ?? read;
    if (chunk.length > 0) pass(chunk);
  };
  const pass = (chunk: Buffer) => {
    bytes?.(chunk, now());
    unwritten.enqueue(chunk.length);
    to.stream.write(chunk, onWritten);
    if (to.stream.writableLength > MAX_UNWRITTEN) from.stream.pause();
  };
  /** Called in the order of the writes. */
  const onWritten = (error?: Error | null) => {
    const size = unwritten.dequeue() ?? 0;
    if (!error) {
      total += size;
      accepted?.(total, now());
    }
    if (resetWhenWritten && unwritten.size === 0) reset(to);
  };
  const onEnd = () => {
    ended = true;
    const rest = direction.rewriting?.rest();
    if (rest !== undefined && rest.length > 0) pass(rest);
    direction.ended();
    to.stream.end();
  };
  const onClose = () => {
    const error = from.stream.errored ?? from.tcp.errored;
    if (error || !ended) {
      direction.broken(errorCode(error), error === null);
      if (direction.lossless && unwritten.size > 0 && !to.stream.destroyed) resetWhenWritten = true;
      else reset(to);
    }
    direction.gone();
  };

  from.stream.on('data', onData);
  from.stream.on('close', onClose);
  to.stream.on('drain', () => from.stream.resume());
  // Events from before are not emitted again.
  if (from.stream.readableEnded) onEnd();
  else from.stream.on('end', onEnd);
  if (from.stream.closed) onClose();
  else from.stream.resume();
}
