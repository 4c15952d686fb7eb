/** What the terminal outside said about itself, as far as it has answered. */
export interface KnownTerminal {
  /** Knows the kitty keyboard protocol. */
  kittyKeyboard: boolean;
  /** Default foreground (10) and background (11), as in `rgb:ffff/ffff/ffff`. */
  colours: { 10: string | null; 11: string | null };
}

/** Asked once, when the pane opens. Who does not know a question says nothing. */
export const TERMINAL_QUERIES = '\x1b[?u\x1b]10;?\x1b\\\x1b]11;?\x1b\\';

export function unknownTerminal(): KnownTerminal {
  return { kittyKeyboard: false, colours: { 10: null, 11: null } };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: replies are control sequences
const KEYBOARD_REPLY = /^\x1b\[\?\d+u$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: replies are control sequences
const COLOUR_REPLY = /^\x1b\](10|11);(rgba?:[0-9a-fA-F/]+)(\x07|\x1b\\)$/;

/** @returns whether this input is the answer to one of our questions, and so for nobody else */
export function learnFrom(sequence: string, known: KnownTerminal): boolean {
  if (KEYBOARD_REPLY.test(sequence)) {
    known.kittyKeyboard = true;
    return true;
  }
  const [, code, colour] = COLOUR_REPLY.exec(sequence) ?? [];
  if (!code || !colour) return false;
  known.colours[code === '10' ? 10 : 11] = colour;
  return true;
}
