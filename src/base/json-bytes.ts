/**
 * JSON read as bytes, by index, without recursion and in time linear in its length: for text that is cut, too large to parse, or
 * whose exact bytes matter. The text need not be valid; positions are always within it.
 */

/** Bytes of a value, `end` excluded. */
export interface ByteRange {
  start: number;
  end: number;
}

/** A field; the range is that of its value. */
export interface FieldRange extends ByteRange {
  name: string;
  /** Position of the quote before its name. */
  nameStart: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Position of the closing quote of a string that begins before `start`, or the end of the text. */
export function endOfString(json: Buffer, start: number): number {
  let quote = json.indexOf(QUOTE, start);
  while (quote !== -1) {
    let slash = quote;
    while (slash > start && json[slash - 1] === BACKSLASH) slash--;
    if ((quote - slash) % 2 === 0) return quote;
    quote = json.indexOf(QUOTE, quote + 1);
  }
  return json.length;
}

export function skipBlanks(json: Buffer, from: number): number {
  let pos = from;
  while (isBlank(json[pos])) pos++;
  return pos;
}

/** The fields of the object that begins at `objectStart`, as far as the text has them; none where no object begins there. */
export function* fieldsAt(json: Buffer, objectStart: number): Generator<FieldRange> {
  if (json[objectStart] !== OPEN_OBJECT) return;
  let pos = skipBlanks(json, objectStart + 1);
  while (json[pos] === QUOTE) {
    const end = endOfString(json, pos + 1);
    const colon = skipBlanks(json, end + 1);
    if (json[colon] !== COLON) return;
    const start = skipBlanks(json, colon + 1);
    const valueEnd = endOfValue(json, start);
    yield { start, end: valueEnd, name: stringOf(json, pos, end + 1), nameStart: pos };
    pos = skipBlanks(json, valueEnd);
    if (json[pos] !== COMMA) return;
    pos = skipBlanks(json, pos + 1);
  }
}

/** The number of fields of all objects in a valid text, repeated ones included. */
export function countFields(json: Buffer): number {
  let fields = 0;
  for (let pos = 0; pos < json.length; pos++) {
    if (json[pos] === QUOTE) pos = endOfString(json, pos + 1);
    else if (json[pos] === COLON) fields++;
  }
  return fields;
}

/** The elements of the list that begins at `start`, without parsing them. */
export function* elementsAt(json: Buffer, start: number): Generator<ByteRange> {
  if (json[start] !== OPEN_LIST) return;
  let pos = skipBlanks(json, start + 1);
  while (pos < json.length && json[pos] !== CLOSE_LIST) {
    const end = endOfValue(json, pos);
    yield { start: pos, end };
    pos = skipBlanks(json, end);
    if (json[pos] !== COMMA) return;
    pos = skipBlanks(json, pos + 1);
  }
}

/** The value of a field, by the names on the way to it; null where it is missing. */
export function fieldAt(json: Buffer, ...path: string[]): ByteRange | null {
  let found: ByteRange = { start: skipBlanks(json, 0), end: json.length };
  for (const name of path) {
    let inner: ByteRange | null = null;
    // Of fields with one name, JSON.parse keeps the last.
    for (const field of fieldsAt(json, found.start)) if (field.name === name) inner = field;
    if (inner === null) return null;
    found = inner;
  }
  return found;
}

/** The end of the value that begins at `start`. Brackets are counted, not matched. */
export function endOfValue(json: Buffer, start: number): number {
  let depth = 0;
  let pos = start;
  while (pos < json.length) {
    const byte = json[pos];
    if (byte === QUOTE) {
      pos = Math.min(endOfString(json, pos + 1) + 1, json.length);
      if (depth === 0) return pos;
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      depth++;
      pos++;
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      if (depth === 0) return pos;
      depth--;
      pos++;
      if (depth === 0) return pos;
    } else if (depth === 0 && (byte === COMMA || isBlank(byte))) {
      return pos;
    } else pos++;
  }
  return pos;
}

/** As spelled where it is not a valid string. */
function stringOf(json: Buffer, start: number, end: number): string {
  const spelling = json.toString('utf8', start, end);
  if (!spelling.includes('\\')) return spelling.slice(1, -1);
  try {
    return String(JSON.parse(spelling));
  } catch {
    return spelling;
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
