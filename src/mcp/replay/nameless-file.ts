import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeRunFolder } from '../../settings/run-folder.js';

const WRITE_BYTES = 256 * 1024;

/**
 * A private temporary file without a name, which ends when it is closed, or with the process. Bytes are appended; the first ones
 * create it.
 */
export class NamelessFile {
  #file: number | null = null;
  #written = 0;
  #waiting: Uint8Array[] = [];
  #length = 0;

  /** @param bytes must not change later @returns their place @throws Error when the file cannot be opened or written */
  append(bytes: Uint8Array): number {
    this.#file ??= openNameless();
    const place = this.#length;
    this.#waiting.push(bytes);
    this.#length += bytes.length;
    if (this.#length - this.#written > WRITE_BYTES) this.#write(this.#file);
    return place;
  }

  /** @throws Error when the file cannot be read or written */
  read(place: number, size: number): Buffer {
    if (this.#file === null) return Buffer.alloc(0);
    if (place + size > this.#written) this.#write(this.#file);
    return readAt(this.#file, place, size);
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #write(file: number): void {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(file, bytes, done, bytes.length - done, this.#written + done);
    }
    this.#written += bytes.length;
  }
}

/** @throws Error */
function openNameless(): number {
  const folder = makeRunFolder();
  try {
    return openSync(join(folder, 'messages'), 'wx+', 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns fewer bytes if the file ends earlier @throws Error if the file cannot be read */
export function readAt(file: number, place: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  return bytes.subarray(0, readSync(file, bytes, 0, size, place));
}
