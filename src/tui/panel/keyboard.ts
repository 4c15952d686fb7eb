import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createPasteReader, PASTED } from './pastes.js';

/** One key each: an escape sequence, a control character, or text that holds none of them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal sends them
const KEYS = /\x1b\[[0-9;:<>?]*[ -/]*[@-~]|\x1bO.|\x1b[^\x1b]?|[\x00-\x1a\x1c-\x1f\x7f]|[^\x00-\x1f\x7f]+/gsu;

/**
 * Escape sequences that are keys, in the encodings of xterm and of the kitty protocol. Ink would take every character
 * of other sequences for a key, such as mouse reports that an earlier program left on.
 */
const KEY_SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal sends them
  /^\x1b(?:[^[O]?|O.|\[(?:1;[\d:]+)?[A-HP-SZ]|\[(?:[1-8]|1[1-57-9]|2[0134])(?:;[\d:]+)?~|\[[\d;:]+u)$/su;

/** The stdin of Ink: it always is in raw mode, and each `read` returns one key, as Ink expects. */
export class Keyboard extends EventEmitter {
  readonly isTTY = true;
  readonly #decoder = new StringDecoder('utf8');
  readonly #readPastes = createPasteReader();
  readonly #keys: string[] = [];

  press(bytes: Buffer): void {
    for (const { kind, text } of this.#readPastes(this.#decoder.write(bytes))) {
      if (kind === 'paste') this.#keys.push(PASTED + text);
      else this.#keys.push(...keysIn(text));
    }
    if (this.#keys.length > 0) this.emit('readable');
  }

  read(): string | null {
    return this.#keys.shift() ?? null;
  }

  setEncoding(): void {}
  setRawMode(): void {}
  ref(): void {}
  unref(): void {}

  /** Ink's types ask for all of a terminal; it uses only what is here. */
  asStdin(): NodeJS.ReadStream {
    return this as unknown as NodeJS.ReadStream;
  }
}

function keysIn(text: string): string[] {
  const keys = text.match(KEYS) ?? [];
  return keys.filter((key) => !key.startsWith('\x1b') || KEY_SEQUENCE.test(key));
}

/** The stdout of Ink, which has nothing to draw. */
export function emptyScreen(): NodeJS.WriteStream {
  const screen = new Writable({ write: (_chunk, _encoding, done) => done() });
  return Object.assign(screen, { isTTY: true, columns: 80, rows: 24 }) as unknown as NodeJS.WriteStream;
}
