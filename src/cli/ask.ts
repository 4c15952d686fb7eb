import { createInterface } from 'node:readline/promises';
import { UsageError } from '../base/errors.js';

/**
 * Asks a person on the terminal.
 * @param withoutTerminal message of the error without a terminal
 * @returns ended: Ctrl-C or Ctrl-D took the place of an answer
 * @throws UsageError without a terminal
 */
export async function ask(question: string, withoutTerminal: string): Promise<'yes' | 'no' | 'ended'> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) throw new UsageError(withoutTerminal);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise<null>((resolve) => terminal.once('close', () => resolve(null)));
  try {
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), ended]);
    if (answer === null) return 'ended';
    return /^y(es)?$/i.test(answer.trim()) ? 'yes' : 'no';
  } finally {
    terminal.close();
  }
}
