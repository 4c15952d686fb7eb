import type { Terminal } from '@xterm/headless';
import type { KnownTerminal } from './terminal-facts.js';

/**
 * Answers what the emulator leaves open because it depends on the terminal outside: its colours and its keyboard. Who gets
 * no answer waits, or takes the device attributes that were asked for behind it as a no.
 */
export function answerQueries(
  { parser }: Terminal,
  outside: KnownTerminal,
  kittyFlags: () => number,
  answer: (reply: string) => void,
): void {
  parser.registerCsiHandler({ prefix: '?', final: 'u' }, () => {
    if (outside.kittyKeyboard) answer(`\x1b[?${kittyFlags()}u`);
    return true;
  });
  for (const code of [10, 11] as const) {
    parser.registerOscHandler(code, (data) => {
      const colour = outside.colours[code];
      if (data !== '?') return false;
      if (colour) answer(`\x1b]${code};${colour}\x1b\\`);
      return true;
    });
  }
}
