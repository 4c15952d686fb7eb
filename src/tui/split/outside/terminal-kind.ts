import type { Env } from '../../../base/env.js';
/** `rgb`: 24 bits; 256 and 16: that many; `none`: monochrome. */
export type ColourDepth = 'rgb' | 256 | 16 | 'none';

/** Which characters a terminal can show: all, those of a PC's console font, or those of ASCII. */
export type Repertoire = 'unicode' | 'console' | 'ascii';

/** What a terminal can do, as far as its environment tells. */
export interface TerminalKind {
  depth: ColourDepth;
  repertoire: Repertoire;
  /**
   * Has what xterm has (titles, mouse, OSC, an alternate screen, erasing of cells) and ignores what it does not know. Others
   * may print it.
   */
  isXtermLike: boolean;
}

/** Terminals, or programs that behave as one, with what VT100 to VT420, ANSI.SYS and the consoles of kernels have. */
const PLAIN_TERMINALS = /^(vt\d|linux|ansi|pcansi|cons25|cygwin|sun|wsvt25|hurd|mach)/;
const CONSOLES = /^(linux|cons25|hurd|mach)/;
/** DEC's were monochrome, and so are terminfo's `-m` and `-mono` entries. */
const MONOCHROME = /^vt\d|-m(ono)?$/;
/** By these names terminals say that they have 24-bit colours; of others COLORTERM tells. */
const RGB_TERMINALS = /direct|24bit|truecolor|^(xterm-)?(kitty|ghostty)|^(alacritty|foot|wezterm|contour)/;

export function terminalKind(env: Env): TerminalKind {
  const term = env.TERM ?? '';
  const isPlain = PLAIN_TERMINALS.test(term);
  return {
    depth: colourDepth(env),
    repertoire: isPlain ? plainRepertoire(env) : repertoire(env),
    isXtermLike: !isPlain,
  };
}

/** No pane can be drawn on: it has no way to move its cursor, or nobody says what it is. */
export function isDumb({ TERM }: Env): boolean {
  return TERM === undefined || TERM === '' || TERM === 'dumb' || TERM === 'unknown';
}

function colourDepth(env: Env): ColourDepth {
  const term = env.TERM ?? '';
  if (MONOCHROME.test(term)) return 'none';
  // tmux converts for its own terminal, whatever TERM says.
  if (env.TMUX) return 'rgb';
  // GNU screen 4 has 256 colours at most. COLORTERM is of the terminal in which it was started.
  if (isGnuScreen(env)) return byName(term);
  if (/^(truecolor|24bit)$/i.test(env.COLORTERM ?? '') && !PLAIN_TERMINALS.test(term)) return 'rgb';
  if (RGB_TERMINALS.test(term)) return 'rgb';
  if (env.TERM_PROGRAM === 'iTerm.app' || env.WT_SESSION) return 'rgb';
  if (env.TERM_PROGRAM === 'Apple_Terminal') return 256;
  return byName(term);
}

function isGnuScreen({ STY, TERM = '' }: Env): boolean {
  return Boolean(STY) || /^screen(\.|-|$)/.test(TERM);
}

/** Terminfo's names: `xterm-256color`, `screen.xterm-256color`; others have the 16 of ECMA-48 and aixterm. */
function byName(term: string): ColourDepth {
  return /256|88color/.test(term) ? 256 : 16;
}

/** A locale with another encoding says that UTF-8 would not be read; none says nothing: containers have none. */
function repertoire(env: Env): Repertoire {
  const [, encoding] = /\.([^@]+)/.exec(locale(env)) ?? [];
  return encoding === undefined || isUtf8(encoding) ? 'unicode' : 'ascii';
}

function plainRepertoire(env: Env): Repertoire {
  if (!isUtf8(locale(env))) return 'ascii';
  if (CONSOLES.test(env.TERM ?? '')) return 'console';
  return 'unicode';
}

/** POSIX.1-2017, 8.2. */
function locale({ LC_ALL, LC_CTYPE, LANG }: Env): string {
  return LC_ALL || LC_CTYPE || LANG || '';
}

function isUtf8(name: string): boolean {
  return /utf-?8/i.test(name);
}
