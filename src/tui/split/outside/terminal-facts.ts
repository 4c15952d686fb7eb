/** Facts about the terminal outside, as far as it has answered. */
export interface KnownTerminal {
  /** Has the kitty keyboard protocol. */
  kittyKeyboard: boolean;
  /** Left and right margins (DECLRMM, DECSLRM). */
  sideMargins: boolean;
  /** Has synchronized updates (mode 2026); null until it has answered. */
  synchronized: boolean | null;
  /** Default foreground (10), background (11) and cursor (12), as in `rgb:ffff/ffff/ffff`. */
  colours: { 10: string | null; 11: string | null; 12: string | null };
}

export interface TerminalFacts {
  readonly known: KnownTerminal;
  /** @returns whether this input answers one of our questions */
  learn(sequence: string): boolean;
  /** `TERMINAL_QUERIES` are being sent. Without this, no answer is expected. */
  asked(): void;
  /** All answers have come, or the child has waited long enough for them. */
  complete: Promise<void>;
  /** No answer is on its way, as far as can be known. An answer that comes after us would be typed into the shell. */
  settled(): Promise<void>;
}

export interface FactListener {
  /** The colour of the background, however late. */
  onBackground?(colour: string): void;
  /** The terminal has the kitty keyboard protocol. */
  onKeyboard?(): void;
}

/**
 * Keyboard, margins, updates, colours; the answer to the device attributes at the end shows that no other answer will
 * come.
 */
export const TERMINAL_QUERIES = '\x1b[?u\x1b[?69$p\x1b[?2026$p\x1b]10;?\x1b\\\x1b]12;?\x1b\\\x1b]11;?\x1b\\\x1b[c';

/** A local terminal takes a few milliseconds, one behind SSH a round trip more. */
const ANSWER_TIME_MS = 150;

/** A terminal that has not answered after this time will not answer. Only commands that end sooner wait for it. */
const LATE_ANSWER_MS = 1_000;

// biome-ignore lint/suspicious/noControlCharactersInRegex: replies are control sequences
const KEYBOARD_REPLY = /^\x1b\[\?\d+u$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: replies are control sequences
const MODE_REPLY = /^\x1b\[\?(69|2026);(\d)\$y$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: replies are control sequences
const COLOUR_REPLY = /^\x1b\](10|11|12);(rgba?:[0-9a-fA-F/]+)(\x07|\x1b\\)$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: replies are control sequences
const ATTRIBUTES_REPLY = /^\x1b\[\?[\d;]*c$/;

export function unknownTerminal(): KnownTerminal {
  return { kittyKeyboard: false, sideMargins: false, synchronized: null, colours: { 10: null, 11: null, 12: null } };
}

/** Collects the answers to `TERMINAL_QUERIES`. Questions of the child never reach the terminal outside. */
export function collectFacts({ onBackground, onKeyboard }: FactListener = {}): TerminalFacts {
  const known = unknownTerminal();
  const child = untilCalled();
  const end = untilCalled();
  let wasAsked = false;

  function learnColour(code: string, colour: string): void {
    if (code === '10' || code === '12') known.colours[code === '10' ? 10 : 12] = colour;
    else {
      known.colours[11] = colour;
      onBackground?.(colour);
    }
  }

  return {
    known,
    asked() {
      wasAsked = true;
      setTimeout(child.call, ANSWER_TIME_MS).unref();
      setTimeout(end.call, LATE_ANSWER_MS).unref();
    },
    complete: child.called,
    settled: () => (wasAsked ? end.called : Promise.resolve()),
    learn(sequence) {
      if (ATTRIBUTES_REPLY.test(sequence)) {
        known.synchronized ??= false;
        child.call();
        end.call();
        return true;
      }
      if (KEYBOARD_REPLY.test(sequence)) {
        known.kittyKeyboard = true;
        onKeyboard?.();
        return true;
      }
      const [, mode, state] = MODE_REPLY.exec(sequence) ?? [];
      if (mode) {
        // 1 and 2: set and reset; 3 and 4: permanently so.
        const isKnown = state === '1' || state === '2';
        if (mode === '69') known.sideMargins = isKnown;
        else known.synchronized = isKnown;
        return true;
      }
      const [, code, colour] = COLOUR_REPLY.exec(sequence) ?? [];
      if (!code || !colour) return false;
      learnColour(code, colour);
      return true;
    },
  };
}

function untilCalled(): { called: Promise<void>; call: () => void } {
  let call = () => {};
  const called = new Promise<void>((resolve) => {
    call = resolve;
  });
  return { called, call };
}
