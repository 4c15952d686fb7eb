import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { ServerCommand } from './launch.js';

/** How the server ended. */
export interface ServerEnd {
  exitCode: number;
  /** That ended it; null when it exited, or could not be started. */
  signal: NodeJS.Signals | null;
  /** `exit code 1`, `SIGTERM`, `could not be started: …` */
  description: string;
}

/** Claude Code sends SIGKILL 500 ms after its first signal, and only to us. */
const KILL_AFTER_MS = 300;

/** When our parent is gone, a server that does not end with its input is ended. */
const ORPHAN_CHECK_MS = 500;
const ORPHAN_GRACE_MS = 5_000;

const FORWARDED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'];
const FINAL: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT'];

export interface Server {
  stdin: Writable;
  stdout: Readable;
  /** Resolves when the process has ended and its output is read. */
  ended: Promise<ServerEnd>;
  /** Our input has ended: watches for the death of our parent, which can no longer end the server. */
  outlive(parent: number): void;
  /** Ends the process and those that it started. */
  stop(): void;
}

/** Starts the server in a process group of its own, and passes on the signals that we get. */
export function startServer({ file, args, env }: ServerCommand): Server {
  // Before the server starts: a signal in between would end us alone.
  let pass = (_signal: NodeJS.Signals): void => {};
  let isEnding = false;
  for (const signal of FORWARDED) process.on(signal, (received) => pass(received));
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  const stop = () => {
    killGroup('SIGTERM');
    setTimeout(() => killGroup('SIGKILL'), KILL_AFTER_MS).unref();
  };
  const killGroup = (signal: NodeJS.Signals) => killQuietly(-(child.pid ?? 0), signal);
  pass = (signal) => {
    child.kill(signal);
    if (!FINAL.includes(signal) || isEnding) return;
    isEnding = true;
    setTimeout(() => killGroup('SIGKILL'), KILL_AFTER_MS).unref();
  };

  return {
    stop,
    stdin: child.stdin,
    stdout: child.stdout,
    ended: endOf(child).then((end) => {
      // The group may outlive the process that we started, as under npx.
      if (isEnding) killGroup('SIGKILL');
      for (const signal of FORWARDED) process.removeAllListeners(signal);
      return end;
    }),
    outlive(parent) {
      const check = setInterval(() => {
        if (process.ppid === parent) return;
        clearInterval(check);
        setTimeout(stop, ORPHAN_GRACE_MS).unref();
      }, ORPHAN_CHECK_MS).unref();
    },
  };
}

function endOf(child: ChildProcess): Promise<ServerEnd> {
  return new Promise((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return;
      // Exit codes as a shell's: 127 not found, 126 not executable.
      resolve({
        exitCode: error.code === 'ENOENT' ? 127 : 126,
        signal: null,
        description: `could not be started: ${error.message}`,
      });
    });
    child.on('close', (code, signal) => {
      resolve(
        signal
          ? { exitCode: 1, signal, description: signal }
          : { exitCode: code ?? 1, signal: null, description: `exit code ${code}` },
      );
    });
  });
}

function killQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid !== 0) process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
