/**
 * Request bodies are split at the elements that the next request of the same conversation repeats.
 *
 * A chain is a list of items. A body is its chains joined one after another, and the items of a chain are joined with commas.
 * An item that starts with a comma or white space has its own separator (JSON elements start with neither). So
 * `{"messages":[a,b]}` is `{"messages":[` · a,b · `]}`, and the same message is the same item in every body.
 */
export type Chain = readonly Uint8Array[];

/** The arrays that grow with a conversation, or stay the same through it. */
const SPLIT_KEYS = new Set(['system', 'tools', 'messages']);

/** More elements than any conversation has. A longer array is not worth a row for each. */
const MAX_ITEMS = 50_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The body is not JSON of the expected form. */
class NotSplittable extends Error {}

/**
 * Scans the raw bytes without parsing values. The items are views into `body`, and joined they are exactly its bytes. A body
 * that is not a JSON object is returned whole.
 */
export function splitBody(body: Uint8Array): Chain[] {
  if (body.length === 0) return [];
  try {
    return splitObject(body);
  } catch (error) {
    if (error instanceof NotSplittable) return [[body]];
    throw error;
  }
}

/** The inverse of `splitBody`. */
export function joinChains(chains: Iterable<Chain>): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const chain of chains) {
    chain.forEach((item, index) => {
      if (index > 0 && !hasSeparator(item)) pieces.push(COMMA_BYTES);
      pieces.push(item);
    });
  }
  return Buffer.concat(pieces);
}

const COMMA_BYTES = Uint8Array.of(COMMA);

function hasSeparator(item: Uint8Array): boolean {
  return item[0] === COMMA || isSpace(item[0]);
}

function splitObject(body: Uint8Array): Chain[] {
  const chains: Chain[] = [];
  let frame = 0;
  let at = skipSpace(body, 0);
  if (body[at] !== OPEN_OBJECT) throw new NotSplittable();
  at = skipSpace(body, at + 1);
  while (body[at] !== CLOSE_OBJECT) {
    const afterKey = skipString(body, at);
    const key = Buffer.from(body.buffer, body.byteOffset + at + 1, afterKey - at - 2).toString('latin1');
    at = skipSpace(body, afterKey);
    if (body[at] !== COLON) throw new NotSplittable();
    at = skipSpace(body, at + 1);
    if (SPLIT_KEYS.has(key) && body[at] === OPEN_ARRAY) {
      const array = splitArray(body, at);
      if (array.items.length > 0 && array.items.length <= MAX_ITEMS) {
        chains.push([body.subarray(frame, array.start)], array.items);
        frame = array.end;
      }
      at = array.after;
    } else {
      at = skipValue(body, at);
    }
    at = skipSpace(body, at);
    if (body[at] === COMMA) at = skipSpace(body, at + 1);
    else if (body[at] !== CLOSE_OBJECT) throw new NotSplittable();
  }
  chains.push([body.subarray(frame)]);
  return chains;
}

/** `start` is where the first element starts, `end` where the last ends, `after` is behind the closing bracket. */
function splitArray(
  body: Uint8Array,
  open: number,
): { items: Uint8Array[]; start: number; end: number; after: number } {
  const items: Uint8Array[] = [];
  const start = skipSpace(body, open + 1);
  if (body[start] === CLOSE_ARRAY) return { items, start, end: start, after: start + 1 };
  let element = start;
  let end = start;
  for (;;) {
    const separator = end;
    end = skipValue(body, element);
    const usual = items.length === 0 || element - separator === 1;
    items.push(body.subarray(usual ? element : separator, end));
    const next = skipSpace(body, end);
    if (body[next] === CLOSE_ARRAY) return { items, start, end, after: next + 1 };
    if (body[next] !== COMMA) throw new NotSplittable();
    element = skipSpace(body, next + 1);
  }
}

/** @returns the end of a value. Brackets are counted, not matched: what is inside a value does not matter. */
function skipValue(body: Uint8Array, start: number): number {
  let depth = 0;
  let at = start;
  while (at < body.length) {
    const byte = body[at];
    if (byte === QUOTE) {
      at = skipString(body, at);
      if (depth === 0) return at;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth += 1;
      at += 1;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (depth === 0) return scalarEnd(start, at);
      depth -= 1;
      at += 1;
      if (depth === 0) return at;
    } else if (depth === 0 && (byte === COMMA || isSpace(byte))) {
      return scalarEnd(start, at);
    } else {
      at += 1;
    }
  }
  throw new NotSplittable();
}

function scalarEnd(start: number, end: number): number {
  if (end === start) throw new NotSplittable();
  return end;
}

/** A quote ends the string unless an odd number of backslashes precedes it. */
function skipString(body: Uint8Array, start: number): number {
  if (body[start] !== QUOTE) throw new NotSplittable();
  let quote = body.indexOf(QUOTE, start + 1);
  while (quote !== -1) {
    let before = quote;
    while (body[before - 1] === BACKSLASH) before -= 1;
    if ((quote - before) % 2 === 0) return quote + 1;
    quote = body.indexOf(QUOTE, quote + 1);
  }
  throw new NotSplittable();
}

function skipSpace(body: Uint8Array, start: number): number {
  let at = start;
  while (isSpace(body[at])) at += 1;
  return at;
}

/** The white space of JSON: space, tab, line feed, carriage return. */
function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
