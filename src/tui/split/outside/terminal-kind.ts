import type { Env } from '../../../base/env.js';

/** `rgb` for 24 bits, `none` for monochrome. */
export type ColourDepth = 'rgb' | 256 | 16 | 'none';

/** The characters that a terminal can show: all, those of a PC's console font, or ASCII. */
export type Repertoire = 'unicode' | 'console' | 'ascii';

/** Abilities of a terminal, by its environment. */
export interface TerminalKind {
  depth: ColourDepth;
  repertoire: Repertoire;
  /**
   * Has titles, mouse, OSC, an alternate screen and erasing of cells, and ignores unknown sequences. Others may print
   * them.
   */
  isXtermLike: boolean;
}

/** VT100 to VT420, ANSI.SYS, the consoles of kernels, and programs like them. */
const PLAIN_TERMINALS = /^(vt\d|linux|ansi|pcansi|cons25|cygwin|sun|wsvt25|hurd|mach)/;
const CONSOLES = /^(linux|cons25|hurd|mach)/;
/** DEC's terminals, and terminfo's `-m` and `-mono` entries. */
const MONOCHROME = /^vt\d|-m(ono)?$/;
/** Names of terminals with 24-bit colours. Others set COLORTERM. */
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

/** The terminal is unknown or cannot move its cursor. */
export function isDumb({ TERM }: Env): boolean {
  return TERM === undefined || TERM === '' || TERM === 'dumb' || TERM === 'unknown';
}

function colourDepth(env: Env): ColourDepth {
  const term = env.TERM ?? '';
  if (MONOCHROME.test(term)) return 'none';
  // tmux converts colours for its own terminal.
  if (env.TMUX) return 'rgb';
  // GNU screen 4 has at most 256 colours. COLORTERM is from the terminal in which it was started.
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

/** Terminfo's names: `xterm-256color`, `screen.xterm-256color`. Others have the 16 colours of ECMA-48 and aixterm. */
function byName(term: string): ColourDepth {
  return /256|88color/.test(term) ? 256 : 16;
}

/** Without a locale UTF-8 is assumed: containers have none. */
function repertoire(env: Env): Repertoire {
  const [, encoding] = /\.([^@]+)/.exec(locale(env)) ?? [];
  return encoding === undefined || isUtf8(encoding) ? 'unicode' : 'ascii';
}

function plainRepertoire(env: Env): Repertoire {
  if (!isUtf8(locale(env))) return 'ascii';
  if (CONSOLES.test(env.TERM ?? '')) return 'console';
  return 'unicode';
}

/** The order of POSIX.1-2017, 8.2. */
function locale({ LC_ALL, LC_CTYPE, LANG }: Env): string {
  return LC_ALL || LC_CTYPE || LANG || '';
}

function isUtf8(name: string): boolean {
  return /utf-?8/i.test(name);
}
