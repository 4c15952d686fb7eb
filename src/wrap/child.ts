import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { execa } from 'execa';
import type { Env } from '../base/env.js';
import { followSuspension } from './follow-suspension.js';

/** How the child ended, as a shell reports it. */
export interface ChildEnd {
  /** 0..255; 127 when the command was not found, 126 when it could not be executed, 128+n after signal n. */
  exitCode: number;
  /** The signal that ended it; null when it exited. */
  signal: NodeJS.Signals | null;
  /** Why it could not be started; null when it was. */
  startError: string | null;
}

/**
 * The terminal sends keyboard signals to the whole foreground process group, so the child has them already. Passing them on
 * would double a Ctrl-C, and Claude Code quits on the second. Without a terminal we must pass them on.
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

/** How long the delivery of a signal may take. */
const SIGNAL_GRACE_MS = 500;

/** Ends us as the child ended, also by the same signal, so that our parent sees no difference. */
export function exitLike(end: ChildEnd): never {
  for (const signal of RELAYED_SIGNALS) process.removeAllListeners(signal);
  if (end.signal) {
    restoreDefault(end.signal);
    process.kill(process.pid, end.signal);
    // If the signal is ignored, we exit with its number below.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SIGNAL_GRACE_MS);
  }
  process.exit(end.exitCode);
}

/** Node ignores SIGPIPE; removing the last listener of a signal restores its default action. */
function restoreDefault(signal: NodeJS.Signals): void {
  // These two cannot have listeners, and need none.
  if (signal === 'SIGKILL' || signal === 'SIGSTOP') return;
  const listener = () => {};
  process.on(signal, listener).off(signal, listener);
}
