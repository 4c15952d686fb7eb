/**
 * By which programs tell terminals apart, or find a multiplexer to talk to: all of that is about the terminal outside, and the
 * child's terminal is ours. TMUX_TMPDIR stays: it says where tmux keeps its sockets. COLUMNS and LINES would hide the pane's
 * real size.
 */
const OUTER_TERMINAL =
  /^(TERM_PROGRAM|TERM_SESSION_ID|TMUX(_PANE)?$|STY|WINDOW(ID)?$|KITTY_|WEZTERM_|ITERM_|LC_TERMINAL|GHOSTTY_|ALACRITTY_|KONSOLE_|VTE_VERSION|WT_|TERMCAP|COLUMNS$|LINES$)/;

/** The child's environment, naming the terminal that it really talks to. */
export function childTerminalEnv(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !OUTER_TERMINAL.test(name)) kept[name] = value;
  }
  return { ...kept, TERM: 'xterm-256color', COLORTERM: 'truecolor' };
}
