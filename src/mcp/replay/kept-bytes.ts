import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What fits stays in memory; the rest of a large tape waits in a file. */
const MAX_IN_MEMORY = 64 * 1024 * 1024;
/** Shorter ones take little more memory than their place in the file would. */
const ALWAYS_IN_MEMORY = 256;

/** Where bytes are: a character each (a Buffer takes 200 bytes besides), or their place in the file. */
export type KeptBytes = string | { offset: number; length: number };

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
    if (bytes.length <= ALWAYS_IN_MEMORY || this.#inMemory + bytes.length <= this.#maxInMemory) {
      this.#inMemory += bytes.length;
      return bytes.toString('latin1');
    }
    this.#file ??= openNameless();
    const offset = this.#fileLength;
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#file, bytes, done, bytes.length - done, offset + done);
    }
    this.#fileLength += bytes.length;
    return { offset, length: bytes.length };
  }

  /** @throws Error when the file cannot be read */
  read(kept: KeptBytes): Buffer {
    if (typeof kept === 'string') return Buffer.from(kept, 'latin1');
    const bytes = Buffer.alloc(kept.length);
    if (this.#file !== null) readSync(this.#file, bytes, 0, kept.length, kept.offset);
    return bytes;
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}

/** A file that ends with the process, however that ends. */
function openNameless(): number {
  const folder = mkdtempSync(join(tmpdir(), 'claude-trace-replay-'));
  try {
    return openSync(join(folder, 'messages'), 'wx+', 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
