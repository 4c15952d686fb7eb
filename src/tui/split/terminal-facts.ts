/** What the terminal outside said about itself, as far as it has answered. */
export interface KnownTerminal {
  /** Knows the kitty keyboard protocol. */
  kittyKeyboard: boolean;
  /** Default foreground (10) and background (11), as in `rgb:ffff/ffff/ffff`. */
  colours: { 10: string | null; 11: string | null };
}

export interface TerminalFacts {
  readonly known: KnownTerminal;
  /** @returns whether this input answers one of our questions, and so is for nobody else */
  learn(sequence: string): boolean;
  /** All answers are there, or none will come. */
  complete: Promise<void>;
}

/** For whoever wants to know whether it is light or dark. */
export const BACKGROUND_QUERY = '\x1b]11;?\x1b\\\x1b[c';

/** Keyboard, colours, and last the device attributes: who answers them has answered whatever else it knows. */
export const TERMINAL_QUERIES = `\x1b[?u\x1b]10;?\x1b\\${BACKGROUND_QUERY}`;

/** A local terminal takes a few milliseconds, one behind SSH as long as the line. */
const ANSWER_TIME_MS = 150;

// biome-ignore lint/suspicious/noControlCharactersInRegex: replies are control sequences
const KEYBOARD_REPLY = /^\x1b\[\?\d+u$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: replies are control sequences
const COLOUR_REPLY = /^\x1b\](10|11);(rgba?:[0-9a-fA-F/]+)(\x07|\x1b\\)$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: replies are control sequences
const ATTRIBUTES_REPLY = /^\x1b\[\?[\d;]*c$/;

export function unknownTerminal(): KnownTerminal {
  return { kittyKeyboard: false, colours: { 10: null, 11: null } };
}

/**
 * Collects the answers to `TERMINAL_QUERIES`, which are about to be sent. The child's own questions never come so far.
 * @param onBackground called when the terminal tells its colour, however late; one that does not know the question never does
 */
export function collectFacts(onBackground: (colour: string) => void): TerminalFacts {
  const known = unknownTerminal();
  let completed = () => {};
  const complete = new Promise<void>((resolve) => {
    completed = resolve;
    setTimeout(resolve, ANSWER_TIME_MS).unref();
  });
  return {
    known,
    complete,
    learn(sequence) {
      if (ATTRIBUTES_REPLY.test(sequence)) {
        completed();
        return true;
      }
      if (KEYBOARD_REPLY.test(sequence)) {
        known.kittyKeyboard = true;
        return true;
      }
      const [, code, colour] = COLOUR_REPLY.exec(sequence) ?? [];
      if (!code || !colour) return false;
      known.colours[code === '10' ? 10 : 11] = colour;
      if (code === '11') onBackground(colour);
      return true;
    },
  };
}
