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
export const KEYBOARD_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
export const RELAYED_SIGNALS: readonly NodeJS.Signals[] = [
  ...KEYBOARD_SIGNALS,
  'SIGTERM',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGCONT',
];

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
