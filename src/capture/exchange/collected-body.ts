import { createHash } from 'node:crypto';
import type { CapturedBody } from '../../model/exchange.js';
import type { SafeBody } from '../redact/safe-body.js';

interface Chunk {
  bytes: Uint8Array;
  at: number;
}

/** The entity bytes of one message, collected from its events. */
export class CollectedBody {
  readonly chunks: Chunk[] = [];
  #collected = 0;
  #announced: { size: number; truncated: boolean } | null = null;

  add(bytes: Uint8Array, at: number): void {
    this.chunks.push({ bytes, at });
    this.#collected += bytes.length;
  }

  end(size: number, truncated: boolean): void {
    this.#announced = { size, truncated };
  }

  /** Bytes on the wire, as far as they are known. */
  get size(): number {
    return this.#announced?.size ?? this.#collected;
  }

  /** Not all bytes of the wire are here: they exceeded the observer's limit, were dropped on the way, or the message broke. */
  get truncated(): boolean {
    return !this.#announced || this.#announced.truncated || this.#collected < this.#announced.size;
  }

  bytes(): Buffer {
    return Buffer.concat(this.chunks.map((chunk) => chunk.bytes));
  }

  /** Frees the bytes, but keeps the sizes. */
  forget(): void {
    this.chunks.length = 0;
  }

  /** @param wire result of `bytes()` @param safe what may be stored of it */
  captured(wire: Buffer, safe: SafeBody): CapturedBody {
    const { size, truncated } = this;
    const sha256 = truncated ? null : createHash('sha256').update(wire).digest('hex');
    return { bytes: safe.bytes, sha256, size, truncated, redacted: safe.redacted };
  }
}
