import type { IParser } from '@xterm/headless';
import type { DefaultColours } from '../draw/cell-style.js';
import type { KnownTerminal } from '../outside/terminal-facts.js';

/** OSC 10 text, 11 background, 12 cursor. */
const CODES = [10, 11, 12] as const;
type Code = (typeof CODES)[number];
const RESETS = 100;

/**
 * The default colours that a child reads and sets. Colours that it set apply to its pane; the others are those of the
 * terminal outside. Without an answer a child waits, or takes the device attributes that it asked for next as a no.
 * @param answer to the child
 */
export function trackColours(
  parser: IParser,
  outside: KnownTerminal,
  answer: (reply: string) => void,
): { defaults(): DefaultColours } {
  /** As 0xRRGGBB. */
  const own = new Map<Code, number>();
  let defaults: DefaultColours = { foreground: null, background: null };

  function set(code: Code, colour: number | null): void {
    if (colour === null) own.delete(code);
    else own.set(code, colour);
    defaults = { foreground: colourOf(10), background: colourOf(11) };
  }

  function colourOf(code: Code): DefaultColours['foreground'] {
    const value = own.get(code);
    return value === undefined ? null : { palette: 'rgb', value };
  }

  function report(code: Code): void {
    const value = own.get(code);
    const colour = value === undefined ? outside.colours[code] : described(value);
    if (colour) answer(`\x1b]${code};${colour}\x1b\\`);
  }

  for (const first of CODES) {
    // Further colours belong to the numbers that follow.
    parser.registerOscHandler(first, (data) => {
      for (const [index, text] of data.split(';').entries()) {
        const code = CODES.find((each) => each === first + index);
        if (code === undefined) break;
        const colour = parseColour(text);
        if (text === '?') report(code);
        else if (colour !== null) set(code, colour);
      }
      return true;
    });
    parser.registerOscHandler(RESETS + first, () => {
      set(first, null);
      return true;
    });
  }
  parser.registerEscHandler({ final: 'c' }, () => {
    for (const code of CODES) set(code, null);
    return false;
  });
  return { defaults: () => defaults };
}

/** `#` and the same number of digits for each part, or `rgb:` and one to four for each; as XParseColor(3) has it. */
export function parseColour(text: string): number | null {
  const [, digits] = /^#((?:[\da-f]{3}){1,4})$/i.exec(text) ?? [];
  if (digits) {
    const length = digits.length / 3;
    return joined([0, 1, 2].map((part) => highByte(digits.slice(part * length, (part + 1) * length))));
  }
  const parts = /^rgb:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})$/i.exec(text)?.slice(1);
  return parts
    ? joined(parts.map((part) => Math.round((Number.parseInt(part, 16) / (16 ** part.length - 1)) * 255)))
    : null;
}

/** Missing digits count as zeroes. */
function highByte(digits: string): number {
  return Number.parseInt(digits.padEnd(2, '0').slice(0, 2), 16);
}

function joined([red = 0, green = 0, blue = 0]: readonly number[]): number {
  return (red << 16) | (green << 8) | blue;
}

function described(colour: number): string {
  const parts = [colour >> 16, (colour >> 8) & 0xff, colour & 0xff].map((part) => part.toString(16).padStart(2, '0'));
  return `rgb:${parts.map((part) => part + part).join('/')}`;
}
