import type { Env } from '../../../base/env.js';
import { type ColourDepth, terminalKind } from '../outside/terminal-kind.js';

/**
 * Variables by which programs recognize the terminal outside or find its multiplexer; the child's terminal is another
 * one. TMUX_TMPDIR is kept, as tmux keeps its sockets there. COLUMNS and LINES would hide the size of the pane.
 */
const OUTER_TERMINAL =
  /^(TERM_PROGRAM|TERM_SESSION_ID|TMUX(_PANE)?$|STY|WINDOW(ID)?$|KITTY_|WEZTERM_|ITERM_|LC_TERMINAL|GHOSTTY_|ALACRITTY_|KONSOLE_|VTE_VERSION|WT_|TERMCAP|COLORTERM$|COLUMNS$|LINES$)/;

/** Every terminfo has these. COLORTERM tells about more than 256 colours. */
const TERM_BY_DEPTH: Readonly<Record<ColourDepth, string>> = {
  rgb: 'xterm-256color',
  256: 'xterm-256color',
  16: 'xterm',
  none: 'vt220',
};

/** The child's environment, with the terminal that it really talks to and the colours that can be shown. */
export function childTerminalEnv(env: Env): Record<string, string> {
  const { depth } = terminalKind(env);
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !OUTER_TERMINAL.test(name)) kept[name] = value;
  }
  return { ...kept, TERM: TERM_BY_DEPTH[depth], ...(depth === 'rgb' ? { COLORTERM: 'truecolor' } : {}) };
}
