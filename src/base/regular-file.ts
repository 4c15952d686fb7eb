import { readFileSync, statSync } from 'node:fs';

/**
 * Reads a file, through symbolic links. Refuses a pipe, which would make us wait for its writer, and whatever else is no file.
 * @throws the system's error, or one that says what it is instead
 */
export function readRegularFile(file: string): Buffer {
  if (!statSync(file).isFile()) throw new Error(`${file} is not a regular file`);
  return readFileSync(file);
}
