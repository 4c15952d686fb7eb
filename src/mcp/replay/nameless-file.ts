import { openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeRunFolder } from '../../settings/run-folder.js';

/** A private temporary file without a name: it ends when it is closed, or with the process. @throws Error */
export function openNamelessFile(): number {
  const folder = makeRunFolder();
  try {
    return openSync(join(folder, 'messages'), 'wx+', 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error when the file cannot be written */
export function writeAt(file: number, place: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, place + done);
  }
}

/** @returns fewer bytes where the file ends before @throws Error when the file cannot be read */
export function readAt(file: number, place: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  return bytes.subarray(0, readSync(file, bytes, 0, size, place));
}
