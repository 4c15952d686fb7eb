import { constants } from 'node:os';
import type { Size } from '../layout.js';
import { drainOnClose } from './drain-pty.js';
import { keepPtyOpen } from './keep-pty-open.js';

/** How the child ended, as a shell would report it. */
export interface ChildEnd {
  /** 127 when the command was not found, 126 when it could not be executed, 128+n after a signal. */
  exitCode: number;
  /** Null when the child exited. */
  signal: NodeJS.Signals | null;
  /** Null when the child was started. */
  startError: string | null;
}

export interface PtyOptions {
  file: string;
  args: readonly string[];
  env: Record<string, string>;
  cwd: string;
  size: Size;
  onData(data: Buffer): void;
  /** Comes once, after the last data. */
  onExit(end: ChildEnd): void;
}

export interface ChildPty {
  readonly pid: number;
  write(data: Buffer | string): void;
  resize(size: Size): void;
  pause(): void;
  resume(): void;
  kill(signal: NodeJS.Signals): void;
}

/** This platform has no pty. The child can run only on the terminal itself. */
class NoPtyError extends Error {
  override name = 'NoPtyError';
}

/** @throws NoPtyError when the native part cannot be loaded; Error when no pty can be opened */
export async function spawnPty(options: PtyOptions): Promise<ChildPty> {
  const { spawn } = await loadNodePty();
  const { file, args, env, cwd, size } = options;
  const pty = spawn(file, [...args], {
    name: env.TERM ?? 'xterm-256color',
    cols: size.width,
    rows: size.height,
    cwd,
    env,
    // Bytes: the emulator decodes UTF-8 that is cut between reads.
    encoding: null,
  });
  let ended = false;
  pty.onData((data: unknown) => options.onData(Buffer.isBuffer(data) ? data : Buffer.from(String(data))));
  drainOnClose(pty, options.onData);
  keepPtyOpen(pty);
  pty.onExit(({ exitCode, signal }) => {
    ended = true;
    options.onExit(endOf(exitCode, signal));
  });
  return {
    pid: pty.pid,
    write: (data) => {
      // Typed for strings only; the stream under it takes bytes, and input need not be valid UTF-8.
      if (!ended) pty.write(data as string);
    },
    resize: ({ width, height }) => {
      try {
        if (!ended) pty.resize(width, height);
      } catch {
        // The child has closed its terminal.
      }
    },
    pause: () => pty.pause(),
    resume: () => pty.resume(),
    kill: (signal) => {
      if (!ended) pty.kill(signal);
    },
  };
}

async function loadNodePty(): Promise<typeof import('@lydell/node-pty')> {
  try {
    // A CommonJS module: its exports are the default export, in spite of its types.
    const loaded: { default?: typeof import('@lydell/node-pty') } & typeof import('@lydell/node-pty') = await import(
      '@lydell/node-pty'
    );
    return loaded.default ?? loaded;
  } catch (error) {
    throw new NoPtyError('no pseudo-terminal for this platform', { cause: error });
  }
}

function endOf(exitCode: number, signal: number | undefined): ChildEnd {
  const name = signal ? signalName(signal) : null;
  return { exitCode: name ? 128 + constants.signals[name] : exitCode, signal: name, startError: null };
}

function signalName(number: number): NodeJS.Signals | null {
  for (const [name, value] of Object.entries(constants.signals)) {
    if (value === number && isSignal(name)) return name;
  }
  return null;
}

function isSignal(name: string): name is NodeJS.Signals {
  return name in constants.signals;
}
