import type { Terminal } from '@xterm/headless';
import type { KnownTerminal } from '../outside/terminal-facts.js';

/** The answer to XTVERSION. */
const NAME = 'claude-trace';

/**
 * Answers queries that the emulator does not answer: the name of the terminal, and what depends on the terminal
 * outside.
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
  parser.registerCsiHandler({ prefix: '>', final: 'q' }, (params) => {
    if ((params[0] ?? 0) === 0) answer(`\x1bP>|${NAME}\x1b\\`);
    return true;
  });
  // Mouse reports in pixels are not recognized: the position within a cell is unknown.
  parser.registerCsiHandler({ prefix: '?', intermediates: '$', final: 'p' }, (params) => {
    if (params[0] !== 1016) return false;
    answer('\x1b[?1016;0$y');
    return true;
  });
}
