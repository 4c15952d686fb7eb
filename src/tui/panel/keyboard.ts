import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import { createPasteReader, PASTED } from './pastes.js';

/** One key each: an escape sequence, a control character, or text that holds none of them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal sends them
const KEYS = /\x1b\[[0-9;:<>?]*[ -/]*[@-~]|\x1bO.|\x1b[^\x1b]?|[\x00-\x1a\x1c-\x1f\x7f]|[^\x00-\x1f\x7f]+/gsu;

/** Modifiers, and in the kitty protocol whether the key is pressed, repeated or released. */
const MODIFIERS = String.raw`\d+(?::\d+)?`;

/**
 * Escape sequences of the keys that Ink 6.8 knows, in the encodings of xterm and of the kitty protocol. It takes every
 * character of others for a key, such as of mouse reports that an earlier program left on and of Shift-F1 (`CSI 1;2P`),
 * and throws a TypeError on those with Ctrl, such as Ctrl-F1.
 */
const KEY_SEQUENCE = new RegExp(
  [
    '[^[O]?',
    'O[A-FHP-Sa-e]',
    String.raw`\[(?:1;${MODIFIERS})?[A-FH]`,
    String.raw`\[(?:1;\d+)?Z`,
    String.raw`\[[14](?:;\d+)?~`,
    String.raw`\[(?:[235-8]|1[1-57-9]|2[0134])(?:;${MODIFIERS})?~`,
    String.raw`\[\d+(?:;${MODIFIERS}(?:;[\d:]+)?)?u`,
  ]
    .map((key) => `^\x1b(?:${key})$`)
    .join('|'),
  'su',
);

/** The stdin of Ink: it always is in raw mode, and each `read` returns one key, as Ink expects. */
export class Keyboard extends EventEmitter {
  readonly isTTY = true;
  readonly #decoder = new StringDecoder('utf8');
  readonly #readPastes = createPasteReader();
  readonly #keys: string[] = [];

  press(bytes: Buffer): void {
    for (const { kind, text } of this.#readPastes(this.#decoder.write(bytes))) {
      if (kind === 'paste') this.#keys.push(PASTED + withoutEscapes(text));
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

/** Ink would take an escape sequence inside a paste for a key, and the text behind it for typed. */
function withoutEscapes(text: string): string {
  return stripVTControlCharacters(text).replaceAll('\x1b', ' ');
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
