import { type JsonRecord, parseJson } from '../../base/json.js';
import { fieldsAt, skipBlanks } from '../../base/json-bytes.js';

/** `params._meta` of the outermost object. */
const MAX_DEPTH = 3;
const MAX_FIELDS = 1_000;
const MAX_VALUE_BYTES = 1_024;

const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

/**
 * The outline of a message that is not parsed, since it is cut or too large: its short fields, to a depth of three objects. Lists
 * are empty, and long values are left out.
 */
export function outlineOf(json: Buffer): JsonRecord {
  return outlineAt(json, skipBlanks(json, 0), 1);
}

function outlineAt(json: Buffer, start: number, depth: number): JsonRecord {
  const outline: [string, unknown][] = [];
  for (const { name, start: from, end } of fieldsAt(json, start)) {
    const first = json[from];
    if (first === OPEN_LIST) outline.push([name, []]);
    else if (first === OPEN_OBJECT) outline.push([name, depth < MAX_DEPTH ? outlineAt(json, from, depth + 1) : {}]);
    // A number at the end of the text may be cut.
    else if (end - from <= MAX_VALUE_BYTES && end < json.length) {
      const value = parseJson(json.toString('utf8', from, end));
      if (value !== undefined) outline.push([name, value]);
    }
    if (outline.length === MAX_FIELDS) break;
  }
  return Object.fromEntries(outline);
}
