/** Collects bytes in one buffer that doubles. A head may come byte by byte, and joining each time would be quadratic. */
export class GrowingBuffer {
  length = 0;
  #buffer = Buffer.allocUnsafe(4096);

  add(chunk: Buffer): void {
    if (this.length + chunk.length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(2 * (this.length + chunk.length));
      this.#buffer.copy(grown, 0, 0, this.length);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.length);
    this.length += chunk.length;
  }

  /** All bytes so far. The view stays valid, since bytes are only added behind it. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.length);
  }
}
