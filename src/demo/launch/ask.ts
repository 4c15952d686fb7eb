import { execa } from 'execa';
import { UserError } from '../../base/errors.js';
import { MAIN } from '../../settings/locations.js';
import { writeOut } from '../../text/output/stdout.js';

/** Exit code after Ctrl-C. */
export const INTERRUPTED = 130;

export interface Question {
  /** What follows `claude-trace`, as a person would type it. */
  shown: string;
  env: Record<string, string>;
  /** Whether the command also gets the rest of our environment. Default: true. */
  extendEnv?: boolean;
  cwd?: string;
}

/** Runs `claude-trace …` on our own terminal. @returns its exit code; null when a signal other than SIGINT ended it */
export async function runShown(args: readonly string[], { shown, ...options }: Question): Promise<number | null> {
  await writeOut(`\n$ claude-trace ${shown}\n`);
  // Ctrl-C is for the command. We go on, and remove our folder at the end.
  const onInterrupt = () => {};
  process.on('SIGINT', onInterrupt);
  try {
    const ended = await execa(process.execPath, [MAIN, ...args], { stdio: 'inherit', reject: false, ...options });
    return ended.signal === 'SIGINT' ? INTERRUPTED : (ended.exitCode ?? null);
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}

/** @throws UserError when it fails */
export async function ask(args: readonly string[], question: Question): Promise<void> {
  const exitCode = await runShown(args, question);
  if (exitCode !== 0) throw new UserError(`The demo failed: claude-trace ${args[0]} ended with ${exitCode}.`);
}
