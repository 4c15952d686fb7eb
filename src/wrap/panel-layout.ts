import { isatty } from 'node:tty';
import type { Env } from '../base/env.js';

/** Where the live panel is: beside the command on its terminal, in a pane of tmux, or nowhere. */
export type PanelLayout = 'split' | 'tmux' | 'none';

/** Which of our streams are terminals. */
export interface Terminals {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  env: Env;
}

export function terminalsOf(env: Env): Terminals {
  return { stdin: isatty(0), stdout: isatty(1), stderr: isatty(2), env };
}

/**
 * Without a terminal there is no panel: the command keeps stdin, stdout and stderr as they are, byte for byte. `auto` also
 * leaves a redirected stderr to the command, which a split pane would read, and shows no panel on terminals that cannot draw it.
 */
export function chooseLayout(wanted: PanelLayout | 'auto', { stdin, stdout, stderr, env }: Terminals): PanelLayout {
  if (!stdin || !stdout) return 'none';
  if (wanted !== 'auto') return wanted;
  if (!stderr || env.TERM === undefined || env.TERM === 'dumb') return 'none';
  return isInTmux(env) ? 'tmux' : 'split';
}

export function isInTmux(env: Env): boolean {
  return Boolean(env.TMUX && env.TMUX_PANE);
}
