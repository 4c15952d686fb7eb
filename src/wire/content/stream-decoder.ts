import type { Transform } from 'node:stream';
import { Decompress } from 'fzstd';
import { codingOf, MAX_CODINGS } from './codings.js';
import { createZstdGuard } from './zstd-guard.js';

export interface StreamDecoder {
  push(bytes: Uint8Array): void;
  /** Nothing is passed on after this. */
  close(): void;
}

/** Must not throw: some decoders call it from their own task. */
interface Outlet {
  onBytes(bytes: Uint8Array): void;
  /** The content cannot be decoded any further. */
  onFailed(): void;
}

/** Enough to distinguish zlib's format from raw deflate. */
const HEAD_BYTES = 6;

/** Larger pieces than the usual 16 kB: fewer tasks. */
const CHUNK_BYTES = 64 * 1024;

const NO_BYTES = Buffer.alloc(0);

/**
 * Undoes content codings while a body is received, as `decodeContent` does for a whole one. A coding is decoded as far as its
 * sender has flushed it. Bytes are passed on at once, or soon: Node's zlib works in another thread.
 */
export function createStreamDecoder(encodings: readonly string[], outlet: Outlet): StreamDecoder {
  let closed = false;
  const stages: StreamDecoder[] = [];
  const close = (): void => {
    closed = true;
    for (const stage of stages) stage.close();
  };
  const onFailed = (): void => {
    if (closed) return;
    close();
    outlet.onFailed();
  };
  let onBytes = (bytes: Uint8Array): void => {
    if (!closed) outlet.onBytes(bytes);
  };
  if (encodings.length > MAX_CODINGS) onFailed();
  else {
    for (const encoding of encodings) {
      const stage = decoderOf(encoding.trim().toLowerCase(), { onBytes, onFailed });
      stages.push(stage);
      onBytes = (bytes) => stage.push(bytes);
    }
  }
  const first = onBytes;
  return {
    push(bytes) {
      if (!closed && bytes.length > 0) first(bytes);
    },
    close,
  };
}

function decoderOf(encoding: string, outlet: Outlet): StreamDecoder {
  const known = codingOf(encoding, NO_BYTES);
  if (known === null) outlet.onFailed();
  if (known === null || known === 'identity') return { push: outlet.onBytes, close() {} };
  return byHead((head) => {
    const coding = codingOf(encoding, head);
    return coding === null || typeof coding === 'string'
      ? unzstd(outlet)
      : piped(coding.createStream({ chunkSize: CHUNK_BYTES }), outlet);
  });
}

function piped(stream: Transform, { onBytes, onFailed }: Outlet): StreamDecoder {
  stream.on('data', onBytes);
  stream.on('error', onFailed);
  return {
    push(bytes) {
      if (!stream.destroyed) stream.write(bytes);
    },
    close: () => void stream.destroy(),
  };
}

function unzstd({ onBytes, onFailed }: Outlet): StreamDecoder {
  const refusalOf = createZstdGuard();
  const decoder = new Decompress(onBytes);
  return {
    push(bytes) {
      try {
        if (refusalOf(bytes) !== null) onFailed();
        else decoder.push(bytes);
      } catch {
        onFailed();
      }
    },
    close() {},
  };
}

/** Chooses the decoder after the first bytes. */
function byHead(choose: (head: Buffer) => StreamDecoder): StreamDecoder {
  let chosen: StreamDecoder | null = null;
  let head = NO_BYTES;
  return {
    push(bytes) {
      if (chosen !== null) return chosen.push(bytes);
      head = Buffer.concat([head, bytes]);
      if (head.length < HEAD_BYTES) return;
      chosen = choose(head);
      chosen.push(head);
    },
    close: () => chosen?.close(),
  };
}
