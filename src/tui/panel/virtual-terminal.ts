import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { MOST_PARTS } from './painted.js';
import { createPasteReader, PASTED } from './pastes.js';

/** One key each: an escape sequence, a control character, or text that holds none of them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a terminal sends
const KEYS = /\x1b\[[0-9;:<>?]*[ -/]*[@-~]|\x1bO.|\x1b[^\x1b]?|[\x00-\x1a\x1c-\x1f\x7f]|[^\x00-\x1f\x7f]+/gsu;

/**
 * Escape sequences that are keys, in the encodings of xterm and of the kitty protocol. Of others, such as reports of a mouse that
 * a program before us left on, Ink would take every character for a key.
 */
const KEY_SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a terminal sends
  /^\x1b(?:[^[O]?|O.|\[(?:1;[\d:]+)?[A-HP-SZ]|\[(?:[1-8]|1[1-57-9]|2[0134])(?:;[\d:]+)?~|\[[\d;:]+u)$/su;

/**
 * A keyboard that we press ourselves. Ink asks it for raw mode, which it always is in, and takes what one `read` gives for one
 * key: so keys that came together are handed out one by one.
 */
class Keyboard extends EventEmitter {
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
}

function keysIn(text: string): string[] {
  const keys = text.match(KEYS) ?? [];
  return keys.filter((key) => !key.startsWith('\x1b') || KEY_SEQUENCE.test(key));
}

/** A screen that hands on what Ink draws: with `debug`, each write is a whole frame. */
class Screen extends Writable {
  readonly isTTY = true;
  readonly columns = MOST_PARTS;
  readonly #onFrame: (frame: string) => void;

  constructor(onFrame: (frame: string) => void) {
    super({ decodeStrings: false });
    this.#onFrame = onFrame;
  }

  override _write(frame: string, _encoding: BufferEncoding, done: () => void): void {
    this.#onFrame(frame);
    done();
  }
}

/** The two ends of a terminal that Ink takes for real. Ink's types ask for all of `tty`; it uses what stands here. */
export interface VirtualTerminal {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  press(bytes: Buffer): void;
}

export function createVirtualTerminal(onFrame: (frame: string) => void): VirtualTerminal {
  const keyboard = new Keyboard();
  const screen = new Screen(onFrame);
  return {
    stdin: keyboard as unknown as NodeJS.ReadStream,
    stdout: screen as unknown as NodeJS.WriteStream,
    press: (bytes) => keyboard.press(bytes),
  };
}
