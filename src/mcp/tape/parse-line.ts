import { isUtf8 } from 'node:buffer';
import { firstJsonError } from '../../base/first-json-error.js';
import { isRecord, type JsonRecord } from '../../base/json.js';
import { isTooComplex, MAX_JSON_PARTS } from '../../base/json-limits.js';
import type { TapeLine } from './lines.js';
import { TapeError, type TapeErrorCode } from './tape-error.js';

/** Null if the line is not a JSON object: `problemOf` says why. */
export function parseLine({ bytes }: Pick<TapeLine, 'bytes'>): JsonRecord | null {
  const text = isUtf8(bytes) ? bytes.toString() : '';
  if (isTooComplex(text)) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/** Why a line is not a JSON object, with the byte that shows it. */
export async function problemOf(line: TapeLine, code: TapeErrorCode): Promise<TapeError> {
  const { bytes } = line;
  const text = bytes.toString();
  const at = (offset: number, problem: string) => new TapeError(code, { ...line, byte: line.byte + offset }, problem);
  if (!isUtf8(bytes)) return at(firstDifference(bytes, Buffer.from(text)), 'it is not valid UTF-8');
  if (isTooComplex(text)) return at(0, `it has more than ${MAX_JSON_PARTS} names and values`);
  const offset = await firstJsonError(text);
  return offset === null
    ? at(0, 'it is not a JSON object')
    : at(Buffer.byteLength(text.slice(0, offset)), 'it is not valid JSON');
}

function firstDifference(a: Buffer, b: Buffer): number {
  let pos = 0;
  while (pos < a.length && a[pos] === b[pos]) pos++;
  return pos;
}
