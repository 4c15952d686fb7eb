import { constants } from 'node:os';
import { isatty } from 'node:tty';
import { execa } from 'execa';
import type { Env } from './launch-plan.js';

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
 * Runs the command on our own stdin, stdout and stderr, byte for byte, and passes on the signals that only we receive.
 */
export async function runChild(command: readonly string[], env: Env): Promise<ChildEnd> {
  const [file = '', ...args] = command;
  // Before the child starts: a signal that came in between would end us alone and leave the child behind.
  const stopForwarding = forwardSignals((signal) => child.kill(signal));
  const child = execa(file, args, { stdio: 'inherit', env, extendEnv: false, reject: false, cleanup: false });
  const result = await child;
  stopForwarding();
  if (result.signal) {
    const number = constants.signals[result.signal];
    return { exitCode: 128 + number, signal: result.signal, startError: null };
  }
  if (result.exitCode === undefined)
    return { ...startFailure(file, result.code, result.originalMessage), signal: null };
  return { exitCode: result.exitCode, signal: null, startError: null };
}

/** Exit codes of POSIX shells: 127 not found, 126 found but not executable. */
function startFailure(file: string, code: string | undefined, message: string | undefined) {
  if (code === 'ENOENT') return { exitCode: 127, startError: `Command not found: ${file}` };
  return { exitCode: 126, startError: `Cannot run ${file}: ${message ?? code ?? 'unknown error'}` };
}

/**
 * Keyboard signals reach the whole foreground process group, so the child has them already: passing them on would make one
 * Ctrl-C two (Claude Code quits on the second). Without a terminal nobody else delivers them.
 */
const KEYBOARD_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const DIRECT_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'];

function forwardSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const onTerminal = [0, 1, 2].some((fd) => isatty(fd));
  const ignore = () => {};
  const listeners = new Map<NodeJS.Signals, (signal: NodeJS.Signals) => void>();
  for (const signal of KEYBOARD_SIGNALS) listeners.set(signal, onTerminal ? ignore : send);
  for (const signal of DIRECT_SIGNALS) listeners.set(signal, send);
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}

/** How long our own death by a signal may take. */
const SIGNAL_GRACE_MS = 500;

/** Ends us as the child ended: by the same signal where it was one, so that our parent sees what it would have seen. */
export function exitLike(end: ChildEnd): never {
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
