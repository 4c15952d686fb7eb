import { readFileSync, statSync } from 'node:fs';

/**
 * Reads a file, through symbolic links. Refuses everything else: a pipe would make us wait for its writer.
 * @throws the system's error, or one that says that it is not a regular file
 */
export function readRegularFile(file: string): Buffer {
  if (!statSync(file).isFile()) throw new Error(`${file} is not a regular file`);
  return readFileSync(file);
}
