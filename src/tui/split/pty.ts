import { constants } from 'node:os';
import { holdTerminal } from './held-terminal.js';
import { readToTheEnd } from './last-words.js';
import type { Size } from './layout.js';

/** How the child ended, as a shell would say it. */
export interface ChildEnd {
  /** 0..255; 127 when the command was not found, 126 when it could not be executed, 128+n after a signal. */
  exitCode: number;
  /** The signal that ended it; null when it exited. */
  signal: NodeJS.Signals | null;
  /** Why it could not be started at all; null when it was. */
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

/** There is no pty on this platform: the child can run on the terminal itself only. */
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
  readToTheEnd(pty, options.onData);
  holdTerminal(pty);
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
        // The child has closed its terminal, and ends later or not at all: nobody is left to tell.
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
    // CommonJS: what it exports is the default export, whatever its types say.
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
  return name ? { exitCode: 128 + constants.signals[name], signal: name, startError: null } : plainEnd(exitCode);
}

function plainEnd(exitCode: number): ChildEnd {
  return { exitCode, signal: null, startError: null };
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
