import { TestTerminal } from '../../tui/split/support/terminal.js';
import { MAIN, type Sandbox } from '../product.js';

/** The state of a terminal after a command on it. */
export interface Afterwards {
  exit: number;
  /** The output of stty before and after. */
  before: string;
  after: string;
}

/**
 * Runs `claude-trace …` in a shell on a terminal, whose state is read before and after.
 * @param whenStopped shell code to run when the shell gets its terminal back before the end
 */
export function onTerminal(
  { cwd, env }: Sandbox,
  args: readonly string[],
  {
    env: more = {},
    whenStopped = '',
    background,
  }: { env?: Record<string, string>; whenStopped?: string; background?: string } = {},
): TestTerminal {
  const command = [process.execPath, MAIN, ...args].map(quoted).join(' ');
  const line = [
    `cd ${quoted(cwd)}; echo "before $(stty -g)"`,
    ...(whenStopped === '' ? [command] : ['set -m', command, whenStopped]),
    'echo "exit $?"; echo "after $(stty -g)"',
  ].join('\n');
  return new TestTerminal('/bin/sh', ['-c', line], {
    width: 160,
    height: 40,
    env: { ...env, LANG: 'C.UTF-8', ...more },
    background,
  });
}

/** When all has ended: the exit code, and the settings of the terminal. */
export async function afterwards(terminal: TestTerminal): Promise<Afterwards> {
  await terminal.ended;
  const said = terminal.mainScreen();
  const word = (name: string) => new RegExp(`^${name} (\\S+)$`, 'm').exec(said)?.[1] ?? '';
  return { exit: Number(word('exit') || Number.NaN), before: word('before'), after: word('after') };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
