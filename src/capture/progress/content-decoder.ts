import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { hasZlibHeader, MOST_CODINGS } from '../../wire/content/content-decoding.js';
import { LARGEST_WINDOW, windowOf } from '../../wire/content/zstd.js';

/** Takes the bytes of a body as they come. */
export interface ContentDecoder {
  push(bytes: Uint8Array): void;
  /** Nothing is handed on any more. */
  close(): void;
}

/** Must not throw: some decoders call from a task of their own. */
interface Outlet {
  onBytes(bytes: Uint8Array): void;
  /** The content cannot be decoded, from here on or at all. */
  onFailed(): void;
}

/** Enough to tell zlib's format from raw deflate, and how large a window zstd asks for. */
const HEAD_BYTES = 6;

/** Larger pieces than the usual 16 kB: fewer tasks. */
const OPTIONS = { chunkSize: 64 * 1024 };

/**
 * Undoes content codings while the body comes, as `decodeContent` does when it is whole. A coding is decoded as far as its
 * sender has flushed it. Hands the bytes on at once, or soon: Node's zlib works beside this thread.
 */
export function createContentDecoder(encodings: readonly string[], outlet: Outlet): ContentDecoder {
  const { onFailed } = outlet;
  let closed = false;
  const stages: ContentDecoder[] = [];
  const close = (): void => {
    closed = true;
    for (const stage of stages) stage.close();
  };
  const fail = (): void => {
    if (closed) return;
    close();
    onFailed();
  };
  let onBytes = (bytes: Uint8Array): void => {
    if (!closed) outlet.onBytes(bytes);
  };
  if (encodings.length > MOST_CODINGS) {
    onFailed();
    return { push() {}, close() {} };
  }
  for (const encoding of encodings) {
    const stage = decoderOf(encoding.trim().toLowerCase(), { onBytes, onFailed: fail });
    stages.push(stage);
    onBytes = (bytes) => stage.push(bytes);
  }
  const first = onBytes;
  return {
    push(bytes) {
      if (!closed && bytes.length > 0) first(bytes);
    },
    close,
  };
}

function decoderOf(encoding: string, outlet: Outlet): ContentDecoder {
  switch (encoding) {
    case '':
    case 'identity':
      return { push: outlet.onBytes, close() {} };
    case 'gzip':
    case 'x-gzip':
      return piped(zlib.createGunzip(OPTIONS), outlet);
    case 'br':
      return piped(zlib.createBrotliDecompress(OPTIONS), outlet);
    case 'deflate':
      return byHead((head) =>
        piped(hasZlibHeader(head) ? zlib.createInflate(OPTIONS) : zlib.createInflateRaw(OPTIONS), outlet),
      );
    case 'zstd':
      return byHead((head) => unzstd(head, outlet));
    default:
      outlet.onFailed();
      return { push() {}, close() {} };
  }
}

function piped(stream: Transform, { onBytes, onFailed }: Outlet): ContentDecoder {
  stream.on('data', onBytes);
  stream.on('error', onFailed);
  return {
    push(bytes) {
      if (!stream.destroyed) stream.write(bytes);
    },
    close: () => void stream.destroy(),
  };
}

function unzstd(head: Buffer, { onBytes, onFailed }: Outlet): ContentDecoder {
  const decoder = windowOf(head) > LARGEST_WINDOW ? null : new Decompress(onBytes);
  return {
    push(bytes) {
      try {
        if (decoder === null) onFailed();
        else decoder.push(bytes);
      } catch {
        onFailed();
      }
    },
    close() {},
  };
}

/** Chooses the decoder when the first bytes are there. */
function byHead(choose: (head: Buffer) => ContentDecoder): ContentDecoder {
  let chosen: ContentDecoder | null = null;
  let head: Buffer = Buffer.alloc(0);
  return {
    push(bytes) {
      if (chosen !== null) {
        chosen.push(bytes);
        return;
      }
      head = Buffer.concat([head, bytes]);
      if (head.length < HEAD_BYTES) return;
      chosen = choose(head);
      chosen.push(head);
    },
    close: () => chosen?.close(),
  };
}
