/** Characters, one whole escape sequence, or a part of a bracketed paste with the sequences around it. */
export interface InputToken {
  kind: 'text' | 'sequence' | 'paste';
  bytes: Buffer;
}

const ESC = 0x1b;
const BEL = 0x07;
const PASTE_START = Buffer.from('\x1b[200~');
const PASTE_END = Buffer.from('\x1b[201~');

/** Longer than any key, mouse report or answer to our questions. Longer sequences are passed on in pieces. */
const MAX_SEQUENCE = 256;

/**
 * Divides input into tokens, however the reads divided it. All bytes come out in order; incomplete ones wait for more
 * or for `flush`.
 */
export class InputTokenizer {
  #rest: Buffer = Buffer.alloc(0);
  #inPaste = false;
  /** The beginning of the end marker of a paste that `flush` gave out already. */
  #given: Buffer = Buffer.alloc(0);

  /** The beginning of a sequence or a character waits, or the Esc key. */
  get isWaiting(): boolean {
    return this.#rest.length > 0;
  }

  push(bytes: Buffer): InputToken[] {
    const isContinued = this.#rest.length > 0 || this.#given.length > 0;
    const input = isContinued ? Buffer.concat([this.#given, this.#rest, bytes]) : bytes;
    const tokens: InputToken[] = [];
    let at = 0;
    let given = this.#given.length;
    while (at < input.length) {
      const length = this.#inPaste ? pasteLength(input, at) : partLength(input, at);
      if (length === 0) break;
      const part = input.subarray(at, at + length);
      const kind = this.#kindOf(part);
      if (length > given) tokens.push({ kind, bytes: part.subarray(given) });
      given = 0;
      at += length;
    }
    this.#given = input.subarray(at, at + given);
    this.#rest = input.subarray(at + given);
    return tokens;
  }

  /** Gives out what waits: nothing more came for a while. */
  flush(): InputToken[] {
    const bytes = this.#rest;
    this.#rest = Buffer.alloc(0);
    if (bytes.length === 0) return [];
    if (this.#inPaste) this.#given = Buffer.concat([this.#given, bytes]);
    return [{ kind: this.#inPaste ? 'paste' : bytes[0] === ESC ? 'sequence' : 'text', bytes }];
  }

  #kindOf(part: Buffer): InputToken['kind'] {
    if (this.#inPaste) {
      if (part.equals(PASTE_END)) this.#inPaste = false;
      return 'paste';
    }
    if (part.equals(PASTE_START)) {
      this.#inPaste = true;
      return 'paste';
    }
    return part[0] === ESC ? 'sequence' : 'text';
  }
}

/** Up to the end marker of the paste, or the marker itself; 0 if the rest may be the beginning of the marker. */
function pasteLength(input: Buffer, from: number): number {
  if (input.subarray(from, from + PASTE_END.length).equals(PASTE_END)) return PASTE_END.length;
  for (let at = from; at < input.length; at += 1) {
    const next = input.indexOf(ESC, at);
    if (next === -1) return input.length - from;
    const marker = input.subarray(next, next + PASTE_END.length);
    if (marker.equals(PASTE_END.subarray(0, marker.length))) return next - from;
    at = next;
  }
  return input.length - from;
}

/** Length of the text or the sequence that begins here; 0 if it is incomplete. */
function partLength(input: Buffer, from: number): number {
  if (input[from] !== ESC) return textLength(input, from);
  const length = sequenceLength(input, from);
  return length === 0 && input.length - from > MAX_SEQUENCE ? MAX_SEQUENCE : length;
}

function textLength(input: Buffer, from: number): number {
  const next = input.indexOf(ESC, from);
  if (next !== -1) return next - from;
  return wholeCharacters(input, from) - from;
}

/** Where the last complete character ends. Invalid UTF-8 counts as complete. */
function wholeCharacters(input: Buffer, from: number): number {
  for (let back = 1; back <= 3 && input.length - back >= from; back += 1) {
    const byte = input[input.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? input.length - back : input.length;
  }
  return input.length;
}

/** The forms of ECMA-48: CSI, SS3, the strings OSC, DCS, SOS, PM and APC; anything else is Alt with a key. */
function sequenceLength(input: Buffer, from: number): number {
  switch (input[from + 1]) {
    case undefined:
      return 0;
    // The Esc key before another sequence.
    case ESC:
      return 1;
    case 0x5b:
      return controlLength(input, from);
    case 0x4f:
      return input.length > from + 2 ? 3 : 0;
    case 0x5d:
    case 0x50:
    case 0x58:
    case 0x5e:
    case 0x5f:
      return stringLength(input, from);
    default:
      return altLength(input, from);
  }
}

/** CSI: parameters and intermediates (0x20..0x3f), then one final byte. */
function controlLength(input: Buffer, from: number): number {
  for (let at = from + 2; at < input.length; at += 1) {
    const byte = input[at] ?? 0;
    if (byte >= 0x40 && byte <= 0x7e) return at + 1 - from;
    // Cut off by the beginning of another part.
    if (byte < 0x20 || byte > 0x3f) return at - from;
  }
  return 0;
}

/** Up to BEL or ST. */
function stringLength(input: Buffer, from: number): number {
  for (let at = from + 2; at < input.length; at += 1) {
    if (input[at] === BEL) return at + 1 - from;
    if (input[at] !== ESC) continue;
    if (at + 1 === input.length) return 0;
    return input[at + 1] === 0x5c ? at + 2 - from : at - from;
  }
  return 0;
}

function altLength(input: Buffer, from: number): number {
  const byte = input[from + 1] ?? 0;
  const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
  return input.length - from - 1 >= length ? 1 + length : 0;
}
