import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { execa } from 'execa';
import type { Env } from '../base/env.js';
import { type ChildEnd, KEYBOARD_SIGNALS, RELAYED_SIGNALS } from './child-end.js';
import { followSuspension } from './follow-suspension.js';

/**
 * Runs the command on our own stdin, stdout and stderr, byte for byte, and passes on the signals that only we receive.
 * @param onLateSignal called for signals after the child has ended: our remaining work should end soon. No signal ends us
 *   before `exitLike` does, so that the child's exit code is never lost.
 */
export async function runChild(
  command: readonly string[],
  env: Env,
  onLateSignal: (signal: NodeJS.Signals) => void,
): Promise<ChildEnd> {
  const [file = '', ...args] = command;
  const onTerminal = [0, 1, 2].some((fd) => isatty(fd));
  let relay = (signal: NodeJS.Signals): void => {
    if (!onTerminal || !KEYBOARD_SIGNALS.includes(signal)) child.kill(signal);
  };
  // Before the child starts: a signal in between would end us alone and leave the child behind.
  for (const signal of RELAYED_SIGNALS) process.on(signal, (received) => relay(received));
  const child = execa(file, args, { stdio: 'inherit', env, extendEnv: false, reject: false, cleanup: false });
  const stopFollowing = followSuspension(child.pid);
  const result = await child;
  relay = onLateSignal;
  stopFollowing();
  if (result.signal) {
    return { exitCode: 128 + constants.signals[result.signal], signal: result.signal, startError: null };
  }
  if (result.exitCode !== undefined) return { exitCode: result.exitCode, signal: null, startError: null };
  return startFailure(file, result.code, result.originalMessage);
}

/** Exit codes of POSIX shells: 127 not found, 126 found but not executable. */
function startFailure(file: string, code: string | undefined, message: string | undefined): ChildEnd {
  if (code === 'ENOENT') return { exitCode: 127, signal: null, startError: `Command not found: ${file}` };
  return { exitCode: 126, signal: null, startError: `Cannot run ${file}: ${message ?? code ?? 'unknown error'}` };
}
