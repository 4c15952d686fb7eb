import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
  /** Its stdin. Default: stdin ends at once (`run`) or stays open (`start`). */
  stdin?: string | Uint8Array;
  /** Runs as this user. */
  uid?: number;
}

/** How a program ended, and its output. */
export interface Ended {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: Buffer;
}

export interface RunningProgram {
  process: ChildProcessWithoutNullStreams;
  pid: number;
  /** When it has ended and its output is closed. Asked for, it closes stdin. */
  readonly ended: Promise<Ended>;
  /** Waits until stdout holds this text. @returns stdout so far @throws when the program ends without it */
  says(text: string): Promise<string>;
  /** The same for stderr. */
  warns(text: string): Promise<string>;
  /** Ends it, if it has not ended yet, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a program on pipes in exactly this environment. */
export function startProgram(
  command: readonly string[],
  options: Omit<RunOptions, 'env'> & { env: Record<string, string> },
): RunningProgram {
  const [file = '', ...args] = command;
  const { env, cwd, uid, stdin } = options;
  const child = spawn(file, args, { env, cwd, ...(uid === undefined ? {} : { uid, gid: uid }) });
  // The program need not read its stdin to the end.
  child.stdin.on('error', () => {});
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) =>
      resolve({ exitCode, signal, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) }),
    );
  });
  // Reported to callers of `ended`; a test that has already failed does not call it.
  ended.catch(() => {});
  if (stdin !== undefined) child.stdin.end(stdin);

  const waitFor = (stream: Readable, chunks: Buffer[]) => async (text: string) => {
    for (;;) {
      const said = Buffer.concat(chunks).toString();
      if (said.includes(text)) return said;
      const more = new Promise<void>((resolve) => stream.once('data', () => resolve()));
      const end = await Promise.race([more, ended]);
      if (end && !Buffer.concat(chunks).includes(text)) {
        throw new Error(`It ended with ${end.exitCode ?? end.signal} before "${text}": ${end.stdout}${end.stderr}`);
      }
    }
  };

  return {
    process: child,
    pid: child.pid ?? 0,
    says: waitFor(child.stdout, stdout),
    warns: waitFor(child.stderr, stderr),
    kill() {
      child.kill('SIGKILL');
      return exited;
    },
    get ended() {
      child.stdin.end();
      return ended;
    },
  };
}
