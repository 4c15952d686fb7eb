/** A JSON object: what `JSON.parse` makes of `{…}`. */
export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Null where the text is not a JSON object. */
export function parseRecord(text: string): JsonRecord | null {
  const value = parseJson(text);
  return isRecord(value) ? value : null;
}

/** The objects among the elements of a list; none where it is not a list. */
export function recordsOf(value: unknown): JsonRecord[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

/**
 * Names, values and brackets of one body. A parsed value takes tens of times the memory of its text: with a limit on bytes
 * alone, 600 KB of gzip could become gigabytes. A full context window of the API has some ten thousand.
 */
export const MAX_JSON_PARTS = 1_000_000;

/** A body holds more parts than `MAX_JSON_PARTS`, or more events than a stream may have. */
export class TooComplexError extends Error {
  override readonly name = 'TooComplexError';
}

/** Undefined, which is not a JSON value, where the text is not JSON or has too many parts. */
export function parseJson(text: string): unknown {
  if (isTooComplex(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a text has more than `MAX_JSON_PARTS`, if it is JSON. */
export function isTooComplex(text: string): boolean {
  return text.length > MAX_JSON_PARTS && countParts(text, MAX_JSON_PARTS) > MAX_JSON_PARTS;
}

/** Opening brackets, commas and colons outside of strings; stops counting above `limit`. */
export function countParts(text: string, limit: number): number {
  let parts = 0;
  for (let pos = 0; pos < text.length && parts <= limit; pos++) {
    const code = text.charCodeAt(pos);
    if (code === 0x22) pos = endOfString(text, pos + 1);
    else if (code === 0x2c || code === 0x3a || code === 0x5b || code === 0x7b) parts++;
  }
  return parts;
}

/** Whether JSON is nested deeper than `limit`. */
export function isNestedDeeper(text: string, limit: number): boolean {
  if (text.length <= 2 * limit) return false;
  let depth = 0;
  for (let pos = 0; pos < text.length && depth <= limit; pos++) {
    const code = text.charCodeAt(pos);
    if (code === 0x22) pos = endOfString(text, pos + 1);
    else if (code === 0x5b || code === 0x7b) depth++;
    else if (code === 0x5d || code === 0x7d) depth--;
  }
  return depth > limit;
}

/** Position of the closing quote, or the end of the text. V8 finds the quotes several times as fast as a loop over the units does. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slash = quote;
    while (slash > start && text.charCodeAt(slash - 1) === 0x5c) slash--;
    if ((quote - slash) % 2 === 0) return quote;
  }
  return text.length;
}

export function stringOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function stringOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === 'string' ? value : otherwise;
}

/** One step down a JSON pointer (RFC 6901). */
export function pointer(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The value at a JSON pointer; undefined without one. */
export function atPointer(body: unknown, path: string): unknown {
  let value = body;
  for (const token of path.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** Names and indices on the way to a value. */
export type Location = readonly (string | number)[];

/** The value at a location, or undefined. */
export function valueAt(root: unknown, location: Location): unknown {
  let value = root;
  for (const key of location) {
    const isIndex = typeof key === 'number';
    if (Array.isArray(value) !== isIndex || typeof value !== 'object' || value === null) return undefined;
    if (!Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** Deeper values are replaced: hostile JSON can be deeper than a recursive walk can follow. */
const MAX_DEPTH = 200;

/** Whether plain data is nested deeper than a recursive walk can follow, such as that of `JSON.stringify`. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth > MAX_DEPTH || Object.values(value).some((inner) => isTooDeep(inner, depth + 1));
}

/** A copy of plain data in which `change` was applied to all strings, names of fields included. */
export function mapStrings<T>(value: T, change: (text: string) => string): T {
  // The copy has the shape of the original: strings stay strings, and so on.
  return mapped(value, change, change, 0) as T;
}

/** Changes the texts of a value, but not the names of fields. */
export function mapValues<T>(value: T, change: (text: string) => string): T {
  return mapped(value, change, (name) => name, 0) as T;
}

function mapped(
  value: unknown,
  change: (text: string) => string,
  changeName: (name: string) => string,
  depth: number,
): unknown {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '[nested too deep]';
  const inner = (each: unknown) => mapped(each, change, changeName, depth + 1);
  if (Array.isArray(value)) return value.map(inner);
  const fields = Object.entries(value).map(([name, field]) => [changeName(name), inner(field)]);
  return Object.fromEntries(fields);
}
