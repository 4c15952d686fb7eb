import { readdirSync } from 'node:fs';
import type { TapeHead } from '../../../model/tape.js';

const EXTENSION = '.tape.jsonl';

/** Without folder and extension. */
export function nameOfTape(fileName: string): string {
  return fileName.replace(/\.gz$/, '').replace(/\.tape\.jsonl$|\.jsonl$/, '');
}

/** Whether a file of the library is a tape, by its name. */
export function isTapeName(fileName: string): boolean {
  return !fileName.startsWith('.') && /\.tape\.jsonl(?:\.gz)?$/.test(fileName);
}

/** The names of the tapes in a folder; none if it cannot be read. */
export function tapeNames(folder: string): string[] {
  try {
    return readdirSync(folder).filter(isTapeName).map(nameOfTape);
  } catch {
    return [];
  }
}

const MAX_SERVER_LENGTH = 40;

/**
 * `serena-2026-11-30-k7p2m3.tape.jsonl`, whatever the server is called.
 * @param idLength characters of the id; with all of them, no other tape has the name
 */
export function fileNameFor({ id, server, created_at }: TapeHead, compress: boolean, idLength = 6): string {
  const name = server.name.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, MAX_SERVER_LENGTH) || 'server';
  const day = new Date(created_at).toISOString().slice(0, 10);
  return `${name}-${day}-${id.slice(-idLength)}${EXTENSION}${compress ? '.gz' : ''}`;
}
