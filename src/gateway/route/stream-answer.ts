import { drained } from '../../base/drained.js';
import type { Canceller } from '../cancel-signal.js';
import type { Exchange } from '../server/exchange.js';
import { UpstreamError } from '../upstream/upstream-error.js';
import type { UpstreamAnswer } from '../upstream/upstreams.js';
import { WholeBody } from '../upstream/whole-body.js';
import { ENDED } from './open-streams.js';

/** An answer up to this size is written at once, with its length: JSON is of no use before it is whole. */
const WHOLE_BYTES = 64 * 1024;

export interface StreamOptions {
  /** Aborted when upstream's answer is no longer needed; with `ENDED`, the answer ends as if upstream had ended it. */
  left: Canceller;
  /** A stream without a byte for this time is ended. */
  idleMs: number;
  /** Maximum size of an answer that is not a stream. */
  maxBytes: number;
  /** The answer ended too early. */
  onBroken(error: UpstreamError): void;
}

/** Why we ended an exchange with upstream. Not an `UpstreamError`, since it says nothing about upstream. */
export const DONE = new Error('the client has left, or has its answer');

/** Writes an answer to the client as it comes, as fast as the client reads. Never throws. */
export async function streamAnswer(
  exchange: Exchange,
  { status, body }: Pick<UpstreamAnswer, 'status' | 'body'>,
  headers: Record<string, string>,
  { left, idleMs, maxBytes, onBroken }: StreamOptions,
): Promise<void> {
  const { response, ending, recording } = exchange;
  if (body instanceof WholeBody && body.bytes.length <= maxBytes) {
    if (!response.destroyed) writeWhole(exchange, status, headers, body.bytes);
    return left.abort(DONE);
  }
  const isStream = headers['content-type']?.startsWith('text/event-stream') === true;
  const idle = setTimeout(() => {
    left.abort(isStream ? ENDED : new UpstreamError('timeout', `no byte within ${idleMs} ms`));
  }, idleMs);
  try {
    recording?.head(status, headers);
    if (isStream) response.writeHead(status, headers).flushHeaders();
    let size = 0;
    let held: Uint8Array[] = [];
    for await (const chunk of body) {
      size += chunk.length;
      if (!isStream && size > maxBytes) throw new UpstreamError('too_large', `more than ${maxBytes} bytes`);
      idle.refresh();
      ending.bytesOut += chunk.length;
      recording?.body(chunk);
      if (!response.headersSent && size <= WHOLE_BYTES) {
        held.push(chunk);
        continue;
      }
      if (!response.headersSent) response.writeHead(status, headers);
      const bytes = held.length === 0 ? chunk : Buffer.concat([...held, chunk]);
      held = [];
      if (!response.write(bytes)) await drained(response);
      if (response.destroyed) break;
    }
    if (response.destroyed) return;
    ending.outcome = status >= 500 ? 'upstream_error' : 'ok';
    if (!response.headersSent) response.writeHead(status, { ...headers, 'content-length': String(size) });
    response.end(held.length === 1 ? held[0] : Buffer.concat(held));
  } catch (error) {
    if (response.destroyed) return;
    if (left.reason === ENDED) {
      ending.outcome = 'ok';
      response.end();
      return;
    }
    ending.outcome = 'cut_off';
    // Write what there is: the client must see that it is incomplete.
    if (!response.headersSent) response.writeHead(status, headers).flushHeaders();
    onBroken(error instanceof UpstreamError ? error : new UpstreamError('reset', String(error)));
    response.destroy();
  } finally {
    clearTimeout(idle);
    left.abort(DONE);
  }
}

function writeWhole(
  { response, ending, recording }: Exchange,
  status: number,
  headers: Record<string, string>,
  bytes: Buffer,
): void {
  recording?.head(status, headers);
  if (bytes.length > 0) recording?.body(bytes);
  ending.bytesOut += bytes.length;
  ending.outcome = status >= 500 ? 'upstream_error' : 'ok';
  headers['content-length'] = String(bytes.length);
  response.writeHead(status, headers);
  // Node writes a string together with the head, and bytes after it.
  response.end(bytes.toString('latin1'), 'latin1');
}
