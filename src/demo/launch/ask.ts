import { execa } from 'execa';
import { UserError } from '../../base/errors.js';
import { MAIN } from '../../settings/locations.js';
import { writeOut } from '../../text/output/stdout.js';

export interface Question {
  /** Behind `claude-trace`, as a person would type it. */
  shown: string;
  env: Record<string, string>;
  /** Whether the rest of our environment goes along. Default: true. */
  extendEnv?: boolean;
  cwd?: string;
}

/** `claude-trace …` on our own terminal. @returns its exit code; null when a signal ended it */
export async function runShown(args: readonly string[], { shown, ...options }: Question): Promise<number | null> {
  await writeOut(`\n$ claude-trace ${shown}\n`);
  const { exitCode } = await execa(process.execPath, [MAIN, ...args], { stdio: 'inherit', reject: false, ...options });
  return exitCode ?? null;
}

/** @throws UserError when it does not end well */
export async function ask(args: readonly string[], question: Question): Promise<void> {
  const exitCode = await runShown(args, question);
  if (exitCode !== 0) throw new UserError(`The demo failed: claude-trace ${args[0]} ended with ${exitCode}.`);
}
