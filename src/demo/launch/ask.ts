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

/** SIGTERM ended the demo, or SIGHUP: the terminal was closed. */
export class DemoStoppedError extends Error {
  override name = 'DemoStoppedError';
  constructor(readonly signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
  }
}

const STOPPING: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP'];

/**
 * Runs `claude-trace …` on our own terminal.
 * @returns its exit code; null when a signal other than SIGINT ended it
 * @throws DemoStoppedError when we got a signal that ends us, once the command has ended, too
 */
export async function runShown(args: readonly string[], { shown, ...options }: Question): Promise<number | null> {
  await writeOut(`\n$ claude-trace ${shown}\n`);
  // Ctrl-C is for the command. We go on, and remove our folder at the end.
  const onInterrupt = () => {};
  process.on('SIGINT', onInterrupt);
  const command = execa(process.execPath, [MAIN, ...args], { stdio: 'inherit', reject: false, ...options });
  let stoppedBy: NodeJS.Signals | null = null;
  const onStop = (signal: NodeJS.Signals) => {
    stoppedBy = signal;
    command.kill(signal);
  };
  for (const signal of STOPPING) process.on(signal, onStop);
  try {
    const ended = await command;
    if (stoppedBy !== null) throw new DemoStoppedError(stoppedBy);
    return ended.signal === 'SIGINT' ? INTERRUPTED : (ended.exitCode ?? null);
  } finally {
    process.off('SIGINT', onInterrupt);
    for (const signal of STOPPING) process.off(signal, onStop);
  }
}

/** @throws UserError when it fails */
export async function ask(args: readonly string[], question: Question): Promise<void> {
  const exitCode = await runShown(args, question);
  if (exitCode !== 0) throw new UserError(`The demo failed: claude-trace ${args[0]} ended with ${exitCode}.`);
}
