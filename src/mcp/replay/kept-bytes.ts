import { closeSync } from 'node:fs';
import { openNamelessFile, readAt, writeAt } from './nameless-file.js';

/** What fits stays in memory; the rest of a large tape is kept in a file. */
const MAX_IN_MEMORY = 64 * 1024 * 1024;

/** In the file, each message comes after its length, so that its place is all that memory holds. */
const LENGTH_BYTES = 4;

/** Where bytes are: in a text with a character for each (a Buffer takes 200 bytes besides), or at a place in the file. */
export type KeptBytes = string | number;

/** Keeps the messages of tapes, in bounded memory. */
export class ByteKeeper {
  readonly #maxInMemory: number;
  #inMemory = 0;
  #file: number | null = null;
  #fileLength = 0;

  constructor(maxInMemory = MAX_IN_MEMORY) {
    this.#maxInMemory = maxInMemory;
  }

  /** @throws Error when the file cannot be written */
  keep(bytes: Buffer): KeptBytes {
    if (this.#inMemory + bytes.length <= this.#maxInMemory) {
      this.#inMemory += bytes.length;
      return bytes.toString('latin1');
    }
    this.#file ??= openNamelessFile();
    const place = this.#fileLength;
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(bytes.length);
    writeAt(this.#file, place, Buffer.concat([length, bytes]));
    this.#fileLength += LENGTH_BYTES + bytes.length;
    return place;
  }

  /** @throws Error when the file cannot be read */
  read(kept: KeptBytes): Buffer {
    if (typeof kept === 'string') return Buffer.from(kept, 'latin1');
    if (this.#file === null) throw new Error('The file of messages is closed.');
    const length = readAt(this.#file, kept, LENGTH_BYTES).readUInt32LE();
    return readAt(this.#file, kept + LENGTH_BYTES, length);
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}
