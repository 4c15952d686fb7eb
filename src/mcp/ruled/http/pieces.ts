import { GrowingBuffer } from '../../../base/growing-buffer.js';

/** Bytes that arrive in pieces, perhaps of one byte each. A single piece is not copied. */
export class Pieces {
  #only: Buffer | null = null;
  #gathered: GrowingBuffer | null = null;

  get length(): number {
    return this.#only?.length ?? this.#gathered?.length ?? 0;
  }

  add(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.length === 0) {
      this.#only = bytes;
      return;
    }
    this.#gathered ??= new GrowingBuffer();
    if (this.#only !== null) this.#gathered.add(this.#only);
    this.#only = null;
    this.#gathered.add(bytes);
  }

  /** All of them, without taking them. */
  get bytes(): Buffer {
    return this.#only ?? this.#gathered?.bytes ?? NO_BYTES;
  }

  /** Takes all of them. */
  take(): Buffer {
    const { bytes } = this;
    this.clear();
    return bytes;
  }

  clear(): void {
    this.#only = null;
    this.#gathered = null;
  }
}

const NO_BYTES = Buffer.alloc(0);
