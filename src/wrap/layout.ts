import { isatty } from 'node:tty';
import type { Env } from '../base/env.js';

/** Where the live panel stands: beside the command on its terminal, in a pane of tmux, or nowhere. */
export type Layout = 'split' | 'tmux' | 'none';

/** What decides where it can stand. */
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
 * Where nobody looks at a terminal the command keeps stdin, stdout and stderr as they are, byte for byte. Left to us that
 * also goes for a stderr that leads elsewhere, which a pane of ours would take in, and for terminals that cannot be drawn on.
 */
export function chooseLayout(wanted: Layout | 'auto', { stdin, stdout, stderr, env }: Terminals): Layout {
  if (!stdin || !stdout) return 'none';
  if (wanted !== 'auto') return wanted;
  if (!stderr || env.TERM === undefined || env.TERM === 'dumb') return 'none';
  return isInTmux(env) ? 'tmux' : 'split';
}

export function isInTmux(env: Env): boolean {
  return Boolean(env.TMUX && env.TMUX_PANE);
}
