/** A small body that has come: it is written at once, without the time that reading a stream takes. */
export class WholeBody implements AsyncIterable<Uint8Array> {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    if (this.bytes.length > 0) yield this.bytes;
  }
}
