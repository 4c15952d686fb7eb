import { isPrefix, type PrefixKey, parseKey } from '../../settings/prefix-key.js';
import { type InputToken, InputTokenizer } from './input-tokens.js';
import { type MouseReport, parseMouse } from './mouse.js';

/** Who has the keyboard. `armed`: the prefix key was pressed in the child, the next key says what for. */
export type Keyboard = 'child' | 'armed' | 'panel' | 'scroll';

/** While the prefix key waits for the next one, nothing has moved yet. */
export function hasChildKeyboard(keyboard: Keyboard): boolean {
  return keyboard === 'child' || keyboard === 'armed';
}

export interface InputTargets {
  /** For the child, byte for byte. */
  child(bytes: Buffer): void;
  panel(bytes: Buffer): void;
  /** Keys while the user looks back. */
  scroll(bytes: Buffer): void;
  /** While the child has the keyboard. */
  mouse(report: MouseReport): void;
  /** @returns whether the sequence answers a question of ours, and so is for nobody else */
  reply(sequence: string): boolean;
  /**
   * A key behind the prefix key.
   * @returns who has the keyboard now; the panel gets the key as well
   */
  prefixed(key: string): 'child' | 'panel' | 'scroll';
  keyboardMoved(keyboard: Keyboard): void;
}

/** How long the rest of an escape sequence may take: longer than a cut between two reads, shorter than anybody notices. */
export const ESCAPE_TIME_MS = 20;

/**
 * Sends input to whoever has the keyboard. The child gets it verbatim, but for the prefix key, mouse reports (which hold
 * coordinates) and answers to our own questions. The prefix key hands the keyboard over: to what the next key asks for,
 * or to the panel; pressed twice it is the child's. In a bracketed paste it is text.
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

  /** What looked like the beginning of a sequence was all there is, such as the Esc key. */
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
      if (this.#keyboard === 'child') this.#targets.mouse(report);
      return;
    }
    if (isFocusEvent(sequence)) {
      if (hasChildKeyboard(this.#keyboard)) this.#targets.child(bytes);
      return;
    }
    const event = parseKey(sequence);
    if (event && isPrefix(event, this.#prefixKey)) {
      // The child never saw it pressed, so it is not told that it was let go.
      if (event.pressed) this.#prefix(bytes);
    } else if (this.#keyboard !== 'armed') this.#send(bytes);
    // Letting go of the prefix key itself, or pressing Shift for the key to come, is no key yet.
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

  /** @param key null for a key without a character, such as an arrow: it is the panel's */
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

/** The terminal has got or lost the focus of the desktop. */
function isFocusEvent(sequence: string): boolean {
  return sequence === '\x1b[I' || sequence === '\x1b[O';
}
