import { parseJson } from '../../base/json.js';
import { endOfString, skipBlanks } from '../../base/json-bytes.js';

/** The bytes of a field's value in a body, `end` excluded. */
export interface FieldValue {
  start: number;
  end: number;
  value: string;
  /** A number: the text that replaces it needs quotes. */
  bare: boolean;
  /** Whether its field's name is secret; otherwise its value is. */
  named: boolean;
}

export interface FieldSearch {
  /** Whether a field of that name holds a secret. */
  isSecret(name: string): boolean;
  /** Whether a text in any field may hold a secret, by its first 16 bytes. Default: none does. */
  mayHoldSecret?(text: string): boolean;
  /** Fields that are skipped with all that is in them. `depth` is 1 in the outermost object. Default: none. */
  isSkipped?(name: string, depth: number): boolean;
}

const BEGINNING = 16;

const QUOTE = 0x22;

/**
 * Finds the strings, except empty ones, and numbers in secret fields, also in arrays there. It reads tokens by index, without
 * recursion and without regular expressions, so it takes any length and depth, and also JSON that is cut or in lines.
 */
export function findJsonFields(
  json: Buffer,
  { isSecret, mayHoldSecret = () => false, isSkipped = () => false }: FieldSearch,
): FieldValue[] {
  const found: FieldValue[] = [];
  /** For each array and object around the current position: whether its field is secret. */
  const around: boolean[] = [];
  let secret = false;
  /** Depth of the field that is skipped; 0: none is. */
  let skipped = 0;
  let pos = 0;
  while (pos < json.length) {
    const byte = json[pos] ?? 0;
    if (byte === QUOTE) {
      const start = pos + 1;
      const end = endOfString(json, start);
      pos = skipBlanks(json, end + 1);
      if (json[pos] === 0x3a) {
        pos++;
        if (skipped === 0 || skipped === around.length) {
          const name = stringAt(json, start, end);
          skipped = isSkipped(name, around.length) ? around.length : 0;
          secret = skipped === 0 && isSecret(name);
        }
      } else if (skipped === 0 && end > start) {
        const isSuspect = !secret && mayHoldSecret(json.toString('latin1', start, Math.min(end, start + BEGINNING)));
        if (secret || isSuspect)
          found.push({ start, end, value: stringAt(json, start, end), bare: false, named: secret });
      }
    } else if (byte === 0x2d || isDigit(byte)) {
      const start = pos;
      while (isNumberByte(json[pos] ?? 0)) pos++;
      if (secret) found.push({ start, end: pos, value: json.toString('latin1', start, pos), bare: true, named: true });
    } else {
      if (byte === 0x5b || byte === 0x7b) around.push(secret);
      if (byte === 0x7b) secret = false;
      if (byte === 0x5d || byte === 0x7d) secret = around.pop() ?? false;
      if (around.length < skipped) skipped = 0;
      pos++;
    }
  }
  return found;
}

/** Whether the content begins with an array or an object. */
export function startsLikeJson(content: Buffer): boolean {
  const first = content[skipBlanks(content, 0)];
  return first === 0x5b || first === 0x7b;
}

/** The value of a string; as spelled where the end of the text cuts an escape. */
function stringAt(json: Buffer, start: number, end: number): string {
  const spelling = json.toString('utf8', start, end);
  if (!spelling.includes('\\')) return spelling;
  const value = parseJson(`"${spelling}"`);
  return typeof value === 'string' ? value : spelling;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** 0-9 - + . e E */
function isNumberByte(byte: number): boolean {
  return isDigit(byte) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x65 || byte === 0x45;
}
