import { isUtf8 } from 'node:buffer';
import { isRecord, isTooComplex, type JsonRecord, MAX_JSON_PARTS } from '../../base/json.js';
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
  const offset = await firstErrorIn(text);
  return offset === null
    ? at(0, 'it is not a JSON object')
    : at(Buffer.byteLength(text.slice(0, offset)), 'it is not valid JSON');
}

/** Its offset in UTF-16 units; 0 if it is unknown, null if the text is JSON. */
async function firstErrorIn(text: string): Promise<number | null> {
  try {
    JSON.parse(text);
    return null;
  } catch {
    const { visit } = await import('jsonc-parser');
    let first: number | null = null;
    const onError = (_error: unknown, offset: number) => {
      first ??= offset;
    };
    try {
      visit(text, { onError }, { disallowComments: true });
    } catch {
      // It is nested too deep to be followed.
    }
    return first ?? 0;
  }
}

function firstDifference(a: Buffer, b: Buffer): number {
  let pos = 0;
  while (pos < a.length && a[pos] === b[pos]) pos++;
  return pos;
}
