import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { execa } from 'execa';
import type { Env } from '../base/env.js';
import { followSuspension } from './follow-suspension.js';

/** How the child ended, as a shell would say it. */
export interface ChildEnd {
  /** 0..255; 127 when the command was not found, 126 when it could not be executed, 128+n after a signal. */
  exitCode: number;
  /** The signal that ended it; null when it exited. */
  signal: NodeJS.Signals | null;
  /** Why it could not be started at all; null when it was. */
  startError: string | null;
}

/**
 * Keyboard signals reach the whole foreground process group, so the child has them already: passing them on would make one
 * Ctrl-C two (Claude Code quits on the second). Without a terminal nobody else delivers them.
 */
const KEYBOARD_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const RELAYED_SIGNALS: readonly NodeJS.Signals[] = [
  ...KEYBOARD_SIGNALS,
  'SIGTERM',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
];

/**
 * Runs the command on our own stdin, stdout and stderr, byte for byte, and passes on the signals that only we receive.
 * @param onLateSignal a signal came when the child had ended: whatever we still do should end soon. No signal ends us before
 *   `exitLike` does, so that the child's exit code is never lost.
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
  // Before the child starts: a signal that came in between would end us alone and leave the child behind.
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

/** How long our own death by a signal may take. */
const SIGNAL_GRACE_MS = 500;

/** Ends us as the child ended: by the same signal where it was one, so that our parent sees what it would have seen. */
export function exitLike(end: ChildEnd): never {
  for (const signal of RELAYED_SIGNALS) process.removeAllListeners(signal);
  if (end.signal) {
    restoreDefault(end.signal);
    process.kill(process.pid, end.signal);
    // Delivery may take a moment; where the signal is ignored for us, its number must do.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SIGNAL_GRACE_MS);
  }
  process.exit(end.exitCode);
}

/** Node ignores SIGPIPE from its start; removing the last listener of a signal gives it back its default action. */
function restoreDefault(signal: NodeJS.Signals): void {
  // No listener can be set for these two, and none is needed.
  if (signal === 'SIGKILL' || signal === 'SIGSTOP') return;
  const listener = () => {};
  process.on(signal, listener).off(signal, listener);
}
