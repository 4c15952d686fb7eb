import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../base/error-text.js';

const KEY_BYTES = 32;

/**
 * The key of the hashes that replace secrets. Each data folder has one (0600): the same secret has the same hash in every
 * session, and nobody can test a guess without the folder. Where the folder cannot be written, the key is for this run only:
 * redaction never depends on the disk.
 */
export function loadRedactionKey(file: string): Uint8Array {
  try {
    return readKey(file) ?? createKey(file);
  } catch {
    return randomBytes(KEY_BYTES);
  }
}

function readKey(file: string): Uint8Array | null {
  try {
    const key = readFileSync(file);
    return key.length === KEY_BYTES ? key : null;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Several sessions may start at once: the first link wins, and all read the same key. */
function createKey(file: string): Uint8Array {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, randomBytes(KEY_BYTES), { mode: 0o600 });
  try {
    linkSync(temporary, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    unlinkSync(temporary);
  }
  const key = readKey(file);
  if (!key) throw new Error(`${file} does not hold a key`);
  return key;
}
