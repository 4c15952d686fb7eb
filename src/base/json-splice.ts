import { fieldAt } from './json-bytes.js';

/** A field of a message, by the names on the way to it, and the JSON text to have in place of its value. */
export type Replacement = readonly [path: readonly string[], json: Buffer | string];

/** A JSON text with other values in some of its fields. All other bytes stay; a field that is missing stays missing. */
export function withFields(json: Buffer, replacements: readonly Replacement[]): Buffer {
  const found = replacements.flatMap(([path, value]) => {
    const range = fieldAt(json, ...path);
    return range === null ? [] : [{ ...range, value: Buffer.from(value) }];
  });
  found.sort((one, other) => one.start - other.start);
  const pieces: Buffer[] = [];
  let done = 0;
  for (const { start, end, value } of found) {
    pieces.push(json.subarray(done, start), value);
    done = end;
  }
  return Buffer.concat([...pieces, json.subarray(done)]);
}

/** The bytes of a field's value; null without one. */
export function fieldBytes(json: Buffer, ...path: string[]): Buffer | null {
  const range = fieldAt(json, ...path);
  return range === null ? null : json.subarray(range.start, range.end);
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BLANK = 0x20;

/** On one line: line ends are blanks in JSON, except in strings, where they are not allowed. */
export function onOneLine(json: Buffer): Buffer {
  if (!json.includes(LINE_FEED) && !json.includes(CARRIAGE_RETURN)) return json;
  return Buffer.from(json.map((byte) => (byte === LINE_FEED || byte === CARRIAGE_RETURN ? BLANK : byte)));
}
