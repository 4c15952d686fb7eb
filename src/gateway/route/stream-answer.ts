import type { ServerResponse } from 'node:http';
import type { Exchange } from '../server/exchange.js';
import { UpstreamError } from '../upstream/upstream-error.js';
import type { UpstreamAnswer } from '../upstream/upstreams.js';

export interface StreamOptions {
  /** Aborted: upstream's answer is of no use any more. */
  left: AbortController;
  /** A stream without a byte for this time is ended. */
  idleMs: number;
  /** Of an answer that is no stream. */
  maxBytes: number;
  /** Get a function that ends the stream as if upstream had ended it. */
  closers: readonly Set<() => void>[];
  onByte(): void;
  /** The answer ended too early. */
  onBroken(error: UpstreamError): void;
}

/** Writes an answer to the client as it comes, as fast as the client reads. Never throws. */
export async function streamAnswer(
  { response, ending, recording }: Exchange,
  { status, body }: UpstreamAnswer,
  headers: Record<string, string>,
  { left, idleMs, maxBytes, closers, onByte, onBroken }: StreamOptions,
): Promise<void> {
  const isStream = headers['content-type']?.startsWith('text/event-stream') === true;
  let isClosed = false;
  const close = () => {
    isClosed = true;
    left.abort();
  };
  for (const each of closers) each.add(close);
  const idle = setTimeout(() => {
    if (isStream) close();
    else left.abort(new UpstreamError('timeout', `no byte within ${idleMs} ms`));
  }, idleMs);
  try {
    recording?.head(status, headers);
    response.writeHead(status, headers);
    if (isStream) response.flushHeaders();
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (!isStream && size > maxBytes) throw new UpstreamError('too_large', `more than ${maxBytes} bytes`);
      idle.refresh();
      onByte();
      ending.bytesOut += chunk.length;
      recording?.body(chunk);
      if (!response.write(chunk)) await drained(response);
      if (response.destroyed) break;
    }
    if (response.destroyed) return;
    ending.outcome = status >= 500 ? 'upstream_error' : 'ok';
    response.end();
  } catch (error) {
    if (response.destroyed) return;
    if (isClosed) {
      ending.outcome = 'ok';
      response.end();
      return;
    }
    ending.outcome = 'cut_off';
    onBroken(error instanceof UpstreamError ? error : new UpstreamError('reset', String(error)));
    // The client must see that the answer is not whole.
    response.destroy();
  } finally {
    clearTimeout(idle);
    for (const each of closers) each.delete(close);
    left.abort();
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
