/**
 * Names, values and brackets of one body. A parsed value takes tens of times the memory of its text: with a limit on bytes
 * alone, 600 KB of gzip could become gigabytes. A full context window of the API has some ten thousand.
 */
export const MAX_JSON_PARTS = 1_000_000;

/** A body holds more parts than `MAX_JSON_PARTS`, or more events than a stream may have. */
export class TooComplexError extends Error {
  override readonly name = 'TooComplexError';
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
