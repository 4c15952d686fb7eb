import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/** Restores the terminal when our process cannot: after `kill -9` or a crash of the process itself. */
export interface Guard {
  /** It has read the terminal's settings: from now on they may change. */
  ready: Promise<void>;
  /** What it must write to the terminal if we end from now on; empty for nothing. Without line feeds. */
  expect(restoring: string): void;
  dismiss(): void;
}

/**
 * A shell that reads lines from us until we end, and writes the last one to the terminal. After a normal end the last
 * line is empty. Settings are restored only where they are still ours, with signals switched off (`-isig`): an
 * interactive shell may have set its own by then. If they are ours when the guard starts, it came too late to see the
 * earlier ones.
 */
const SCRIPT = `
before=$(stty -g <&3) || exit 0
case $(stty -a <&3) in *-isig*) before=sane;; esac
echo
while IFS= read -r line; do last=$line; done
[ -n "$last" ] || exit 0
printf %s "$last" >&4
case $(stty -a <&3) in *-isig*) stty "$before" <&3;; esac`;

/** On a slower machine we start without waiting any longer. */
const READY_MS = 300;

const NO_GUARD: Guard = { ready: Promise.resolve(), expect() {}, dismiss() {} };

/** Does nothing where there is no shell. */
export function startGuard(): Guard {
  if (process.platform === 'win32') return NO_GUARD;
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'claude-trace-guard'], {
    // A session of its own, so that it survives the end of our process group or our terminal's session.
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
    // It may be the only thing that keeps the process alive.
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

/** It must not keep our process alive. */
function unref(stream: unknown): void {
  if (stream instanceof Socket) stream.unref();
}
