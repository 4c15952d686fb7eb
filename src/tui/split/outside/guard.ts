import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/** Puts the terminal back when we cannot: after `kill -9`, or a crash of the process itself. */
export interface Guard {
  /** It knows the terminal's settings: from now on they may change. */
  ready: Promise<void>;
  /** What is to be written to the terminal if we end from now on; empty: nothing, it is as it was. Without line feeds. */
  expect(restoring: string): void;
  /** It has nothing more to do. */
  dismiss(): void;
}

/**
 * A shell that reads what we leave behind, line by line, until we end. Nothing is written after a good end, whose last line is empty.
 * Settings are put back only where they are still ours, with signals switched off: an interactive shell may have its own by then.
 * It may also come too late to see what they were before.
 */
const SCRIPT = `
before=$(stty -g <&3) || exit 0
case $(stty -a <&3) in *-isig*) before=sane;; esac
echo
while IFS= read -r line; do last=$line; done
[ -n "$last" ] || exit 0
printf %s "$last" >&4
case $(stty -a <&3) in *-isig*) stty "$before" <&3;; esac`;

/** A machine that is so slow goes on without. */
const READY_MS = 300;

const NO_GUARD: Guard = { ready: Promise.resolve(), expect() {}, dismiss() {} };

/** Does nothing where there is no shell. */
export function startGuard(): Guard {
  if (process.platform === 'win32') return NO_GUARD;
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'claude-trace-guard'], {
    // A session of its own: whatever ends our process group or our terminal's session leaves it alive.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore', 0, 1],
    env: { PATH: process.env.PATH ?? '/bin:/usr/bin' },
  });
  shell.on('error', () => {});
  const { stdin: orders, stdout: signs } = shell;
  if (orders === null || signs === null) return NO_GUARD;
  orders.on('error', () => {});
  shell.unref();
  unref(orders);
  unref(signs);
  const ready = new Promise<void>((resolve) => {
    // Whoever waits may have nothing else that keeps the process alive.
    const timer = setTimeout(resolve, READY_MS);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    signs.once('data', done);
    shell.once('error', done);
    shell.once('exit', done);
  });
  return {
    ready,
    expect: (restoring) => void orders.write(`${restoring}\n`),
    dismiss() {
      orders.end('\n');
      signs.destroy();
    },
  };
}

/** It is no reason for our process to go on. */
function unref(stream: unknown): void {
  if (stream instanceof Socket) stream.unref();
}
