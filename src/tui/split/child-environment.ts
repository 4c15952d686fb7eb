import type { Env } from '../../base/env.js';
import { type ColourDepth, terminalKind } from './outside/terminal-kind.js';

/**
 * By which programs tell terminals apart, or find a multiplexer to talk to: all of that is about the terminal outside, and the
 * child's terminal is ours. TMUX_TMPDIR stays: it says where tmux keeps its sockets. COLUMNS and LINES would hide the pane's
 * real size.
 */
const OUTER_TERMINAL =
  /^(TERM_PROGRAM|TERM_SESSION_ID|TMUX(_PANE)?$|STY|WINDOW(ID)?$|KITTY_|WEZTERM_|ITERM_|LC_TERMINAL|GHOSTTY_|ALACRITTY_|KONSOLE_|VTE_VERSION|WT_|TERMCAP|COLORTERM$|COLUMNS$|LINES$)/;

/** Terminfo has these everywhere. Colours beyond 256 are not in their names: COLORTERM tells of them. */
const TERM_BY_DEPTH: Readonly<Record<ColourDepth, string>> = {
  rgb: 'xterm-256color',
  256: 'xterm-256color',
  16: 'xterm',
  none: 'vt220',
};

/** The child's environment, naming the terminal that it really talks to, with the colours that can be seen. */
export function childTerminalEnv(env: Env): Record<string, string> {
  const { depth } = terminalKind(env);
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !OUTER_TERMINAL.test(name)) kept[name] = value;
  }
  return { ...kept, TERM: TERM_BY_DEPTH[depth], ...(depth === 'rgb' ? { COLORTERM: 'truecolor' } : {}) };
}
