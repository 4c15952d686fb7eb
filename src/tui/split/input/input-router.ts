import { isPrefix, type PrefixKey, parseKey } from '../../../settings/prefix-key.js';
import { type InputToken, InputTokenizer } from './input-tokens.js';
import { type MouseReport, parseMouse } from './mouse.js';

/** What has the keyboard. `armed`: the prefix key was pressed in the child, and the next key is a command. */
export type Keyboard = 'child' | 'armed' | 'panel' | 'scroll';

export function hasChildKeyboard(keyboard: Keyboard): boolean {
  return keyboard === 'child' || keyboard === 'armed';
}

export interface InputTargets {
  /** For the child, unchanged. */
  child(bytes: Buffer): void;
  panel(bytes: Buffer): void;
  /** Keys while the user scrolls back. */
  scroll(bytes: Buffer): void;
  mouse(report: MouseReport): void;
  /** @returns whether the sequence answers a question of ours */
  reply(sequence: string): boolean;
  /**
   * A key after the prefix key.
   * @returns what has the keyboard now; the panel also gets the key
   */
  prefixed(key: string): 'child' | 'panel' | 'scroll';
  keyboardMoved(keyboard: Keyboard): void;
}

/** How long the rest of an escape sequence may take: longer than the gap between two reads, too short to be noticed. */
export const ESCAPE_TIME_MS = 20;

/**
 * Sends input to the pane that has the keyboard. The child gets it verbatim, except for the prefix key, mouse reports
 * (they have coordinates) and answers to our own questions. The key after the prefix key is a command or goes to the
 * panel; the prefix key pressed twice goes to the child. In a bracketed paste it is text.
 */
export class InputRouter {
  readonly #prefixKey: PrefixKey;
  readonly #targets: InputTargets;
  readonly #tokenizer = new InputTokenizer();
  #keyboard: Keyboard = 'child';
  #escapeTimer: NodeJS.Timeout | null = null;

  constructor(prefixKey: PrefixKey, targets: InputTargets) {
    this.#prefixKey = prefixKey;
    this.#targets = targets;
  }

  get keyboard(): Keyboard {
    return this.#keyboard;
  }

  push(bytes: Buffer): void {
    if (this.#escapeTimer) clearTimeout(this.#escapeTimer);
    this.#escapeTimer = null;
    for (const token of this.#tokenizer.push(bytes)) this.#route(token);
    if (this.#tokenizer.isWaiting) this.#escapeTimer = setTimeout(() => this.flush(), ESCAPE_TIME_MS);
  }

  /** The beginning of a sequence was all that came, such as the Esc key. */
  flush(): void {
    if (this.#escapeTimer) clearTimeout(this.#escapeTimer);
    this.#escapeTimer = null;
    for (const token of this.#tokenizer.flush()) this.#route(token);
  }

  give(keyboard: Keyboard): void {
    if (keyboard === this.#keyboard) return;
    this.#keyboard = keyboard;
    this.#targets.keyboardMoved(keyboard);
  }

  #route({ kind, bytes }: InputToken): void {
    if (kind === 'paste') {
      if (this.#keyboard === 'armed') this.give('child');
      this.#send(bytes);
    } else if (kind === 'sequence') this.#routeSequence(bytes);
    else this.#routeText(bytes);
  }

  #routeSequence(bytes: Buffer): void {
    const sequence = bytes.toString('latin1');
    if (this.#targets.reply(sequence)) return;
    const report = parseMouse(sequence);
    if (report) {
      this.#targets.mouse(report);
      return;
    }
    if (isFocusEvent(sequence)) {
      if (hasChildKeyboard(this.#keyboard)) this.#targets.child(bytes);
      return;
    }
    const event = parseKey(sequence);
    if (event && isPrefix(event, this.#prefixKey)) {
      // The child does not get the release either.
      if (event.pressed) this.#prefix(bytes);
    } else if (this.#keyboard !== 'armed') this.#send(bytes);
    // The release of the prefix key and Shift for the next key are not keys.
    else if (!event) this.#key(null, bytes);
    else if (event.pressed && event.key !== null) this.#key(event.key, Buffer.from(event.key));
  }

  #routeText(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      if (rest[0] === this.#prefixKey.byte) {
        this.#prefix(rest.subarray(0, 1));
        rest = rest.subarray(1);
      } else if (this.#keyboard === 'armed') {
        const [key = ''] = rest.toString();
        const length = Buffer.byteLength(key);
        this.#key(key, rest.subarray(0, length));
        rest = rest.subarray(length);
      } else {
        const next = rest.indexOf(this.#prefixKey.byte);
        const end = next === -1 ? rest.length : next;
        this.#send(rest.subarray(0, end));
        rest = rest.subarray(end);
      }
    }
  }

  #prefix(bytes: Buffer): void {
    if (this.#keyboard === 'child') this.give('armed');
    else {
      if (this.#keyboard === 'armed') this.#targets.child(bytes);
      this.give('child');
    }
  }

  /** @param key null for a key without a character, such as an arrow; it goes to the panel */
  #key(key: string | null, bytes: Buffer): void {
    const keyboard = key === null ? 'panel' : this.#targets.prefixed(key);
    this.give(keyboard);
    if (keyboard === 'panel') this.#send(bytes);
  }

  #send(bytes: Buffer): void {
    switch (this.#keyboard) {
      case 'panel':
        this.#targets.panel(bytes);
        break;
      case 'scroll':
        this.#targets.scroll(bytes);
        break;
      default:
        this.#targets.child(bytes);
    }
  }
}

function isFocusEvent(sequence: string): boolean {
  return sequence === '\x1b[I' || sequence === '\x1b[O';
}
