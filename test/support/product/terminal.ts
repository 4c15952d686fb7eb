import { MAIN, type Sandbox } from '../product.js';
import type { RunningProgram } from './program.js';

/**
 * `claude-trace …` in a shell on a terminal of its own (script(1) of util-linux, on every Debian): our pipes are the
 * keyboard and the screen.
 * @param after shell code behind the command line @param before in front of it
 */
export function inTerminal(sandbox: Sandbox, args: readonly string[], after = '', before = ''): RunningProgram {
  const words = [process.execPath, MAIN, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return sandbox.startOther(['script', '-qec', `${before}${words.join(' ')} ${after}`, '/dev/null'], {
    env: { SHELL: '/bin/sh' },
  });
}
