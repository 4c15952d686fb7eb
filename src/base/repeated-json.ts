import { isRecord, parseJson } from './json.js';
import { endOfString, endOfValue, skipBlanks } from './json-bytes.js';
import { countParts, MAX_JSON_PARTS } from './json-limits.js';

/** The fields of a body whose elements the next body of the same conversation repeats. */
const LISTS: ReadonlySet<string> = new Set(['messages', 'system', 'tools']);
/** More elements than any conversation has. */
const MAX_ELEMENTS = 50_000;
/** Maximum size of the bodies that are kept, with the values made of them. */
const MAX_KEPT_BYTES = 16 * 1024 * 1024;
/** More than the conversations of a moment. Each body is compared with all of them, and thousands of small ones would fit. */
const MAX_KEPT = 100;
/** Memory of a parsed value: its text, which may need two bytes for each of UTF-8, and what names, values and brackets take. */
const [BYTES_A_BYTE, BYTES_A_PART] = [3, 50];

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;

/** An element of a list: its place in the body, and its value. */
interface Element {
  start: number;
  end: number;
  parts: number;
  value: unknown;
}

interface ParsedBody {
  json: Buffer;
  value: unknown;
  lists: ReadonlyMap<string, readonly Element[]>;
  /** Estimate of the memory that it keeps. */
  weight: number;
}

/** The text is not of the form that is read by element, or not JSON. */
class NotOfThisForm extends Error {}

/**
 * Parses JSON of conversations, each of which repeats most of an earlier one: the elements that it repeats are compared, not
 * parsed, and are the same objects in both results. A result must not be changed. Keeps at most 100 bodies and 16 MB.
 */
export class RepeatedJson {
  /** The last one first. */
  #kept: ParsedBody[] = [];
  readonly #maxBytes: number;

  constructor(maxBytes = MAX_KEPT_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** As `parseJson` of the bytes as UTF-8. The bytes must not be changed either. */
  parse(json: Buffer): unknown {
    const same = this.#kept.find((kept) => kept.json === json);
    if (same !== undefined) return same.value;
    const before = this.#mostAlike(json);
    const parsed = parseByElement(json, before);
    if (parsed === null) return parseJson(json.toString());
    this.#keep(parsed, before !== null && isContinued(before, parsed) ? before : null);
    return parsed.value;
  }

  #mostAlike(json: Buffer): ParsedBody | null {
    let [body, common]: [ParsedBody | null, number] = [null, 0];
    for (const kept of this.#kept) {
      const length = commonPrefix(kept.json, json);
      if (length > common) [body, common] = [kept, length];
    }
    return body;
  }

  #keep(parsed: ParsedBody, instead: ParsedBody | null): void {
    // It would take the place of all others. The next body can still repeat those.
    if (parsed.weight > this.#maxBytes) return;
    const kept = [parsed, ...this.#kept.filter((each) => each !== instead)].slice(0, MAX_KEPT);
    let weight = 0;
    this.#kept = kept.filter((each) => {
      weight += each.weight;
      return weight <= this.#maxBytes;
    });
  }
}

/** Whether a body goes on with the conversation of another one: it has most of its messages. */
function isContinued(before: ParsedBody, { lists }: ParsedBody): boolean {
  const messages = before.lists.get('messages') ?? [];
  const repeated = lists.get('messages')?.filter(({ value }, index) => value === messages[index]?.value) ?? [];
  return repeated.length > messages.length / 2;
}

const bodies = new RepeatedJson();

/** `RepeatedJson` of this thread: those who read the same body get the same value. */
export function parseRepeated(json: Buffer): unknown {
  return bodies.parse(json);
}

/** Null where the text must be parsed as a whole. */
function parseByElement(json: Buffer, before: ParsedBody | null): ParsedBody | null {
  try {
    return new ElementParser(json, before).parse();
  } catch (error) {
    if (error instanceof NotOfThisForm) return null;
    throw error;
  }
}

class ElementParser {
  readonly #json: Buffer;
  readonly #before: ParsedBody | null;
  readonly #lists = new Map<string, readonly Element[]>();
  #parts = 0;

  constructor(json: Buffer, before: ParsedBody | null) {
    this.#json = json;
    this.#before = before;
  }

  /** Parses the body with empty lists, and fills them. */
  parse(): ParsedBody {
    const json = this.#json;
    const outline: Buffer[] = [];
    let copied = 0;
    let pos = this.#expect(OPEN_OBJECT, skipBlanks(json, 0));
    while (json[pos] === QUOTE) {
      const nameEnd = endOfString(json, pos + 1);
      const name = json.toString('latin1', pos + 1, nameEnd);
      // It may be the name of a list in another spelling.
      if (name.includes('\\')) throw new NotOfThisForm();
      const start = this.#expect(COLON, skipBlanks(json, nameEnd + 1));
      if (LISTS.has(name) && json[start] === OPEN_LIST) {
        // Of fields with one name, JSON.parse keeps the last.
        if (this.#lists.has(name)) throw new NotOfThisForm();
        const end = this.#readList(name, start);
        outline.push(json.subarray(copied, start + 1));
        copied = end;
        pos = end + 1;
      } else pos = endOfValue(json, start);
      pos = skipBlanks(json, pos);
      if (json[pos] !== COMMA) break;
      pos = skipBlanks(json, pos + 1);
    }
    outline.push(json.subarray(copied));
    const value = this.#parseText(Buffer.concat(outline).toString());
    if (!isRecord(value)) throw new NotOfThisForm();
    for (const [name, elements] of this.#lists) {
      const list = value[name];
      if (!Array.isArray(list)) throw new NotOfThisForm();
      for (const element of elements) list.push(element.value);
    }
    const weight = json.length * BYTES_A_BYTE + this.#parts * BYTES_A_PART;
    return { json, value, lists: this.#lists, weight };
  }

  /** @returns the position of the bracket that closes the list */
  #readList(name: string, open: number): number {
    const json = this.#json;
    const before = this.#before?.lists.get(name) ?? [];
    const elements: Element[] = [];
    let pos = skipBlanks(json, open + 1);
    while (json[pos] !== CLOSE_LIST || elements.length > 0) {
      const element = this.#repeated(before[elements.length], pos) ?? this.#parseElement(pos);
      // With the comma before it.
      this.#countParts(element.parts + (elements.length === 0 ? 0 : 1));
      elements.push(element);
      if (elements.length > MAX_ELEMENTS) throw new NotOfThisForm();
      pos = skipBlanks(json, element.end);
      if (json[pos] === CLOSE_LIST) break;
      pos = this.#expect(COMMA, pos);
    }
    this.#lists.set(name, elements);
    return pos;
  }

  /** The element at a position, if it is the same as an earlier one. Values in brackets or quotes end where these end. */
  #repeated(before: Element | undefined, start: number): Element | null {
    if (before === undefined || this.#before === null) return null;
    const end = start + before.end - before.start;
    const first = this.#json[start];
    if (first !== OPEN_OBJECT && first !== OPEN_LIST && first !== QUOTE) return null;
    if (end > this.#json.length) return null;
    const isSame = this.#json.compare(this.#before.json, before.start, before.end, start, end) === 0;
    return isSame ? { start, end, parts: before.parts, value: before.value } : null;
  }

  #parseElement(start: number): Element {
    const end = endOfValue(this.#json, start);
    const text = this.#json.toString('utf8', start, end);
    const parts = countParts(text, MAX_JSON_PARTS);
    if (this.#parts + parts > MAX_JSON_PARTS) throw new NotOfThisForm();
    const value = parseJson(text);
    if (value === undefined) throw new NotOfThisForm();
    return { start, end, parts, value };
  }

  #parseText(text: string): unknown {
    this.#countParts(countParts(text, MAX_JSON_PARTS));
    return parseJson(text);
  }

  #countParts(parts: number): void {
    this.#parts += parts;
    if (this.#parts > MAX_JSON_PARTS) throw new NotOfThisForm();
  }

  /** @returns the position behind the byte and blanks */
  #expect(byte: number, pos: number): number {
    if (this.#json[pos] !== byte) throw new NotOfThisForm();
    return skipBlanks(this.#json, pos + 1);
  }
}

const COMPARED = 64 * 1024;

/** In steps: the length of the beginning that is certainly the same. */
function commonPrefix(a: Buffer, b: Buffer): number {
  const end = Math.min(a.length, b.length);
  let same = 0;
  for (let step = COMPARED; step >= 64; step /= 4) {
    while (same + step <= end && a.compare(b, same, same + step, same, same + step) === 0) same += step;
  }
  return same;
}
