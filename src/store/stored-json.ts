import type { HeaderList } from '../model/exchange.js';
import type { ContentReader } from './content/content-reader.js';
import { DamagedContentError } from './errors.js';

/** @throws DamagedContentError */
export function readHeaders(content: ContentReader, slice: number): HeaderList {
  const headers = readJson(content, slice, 'header list');
  if (!Array.isArray(headers) || !headers.every(isHeader)) throw new DamagedContentError('header list');
  return headers;
}

function isHeader(line: unknown): line is readonly [string, string] {
  return Array.isArray(line) && line.length === 2 && line.every((part) => typeof part === 'string');
}

/** Reads a slice that holds JSON. @param what names it in the error. @throws DamagedContentError */
export function readJson(content: ContentReader, slice: number, what: string): unknown {
  const bytes = content.slice(slice);
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch (error) {
    throw new DamagedContentError(what, error);
  }
}
