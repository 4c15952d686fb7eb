import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A process of the benchmark that reads and writes one JSON value a line. */
export interface LineProcess {
  /** The next line it writes. Rejects when the process ends instead. */
  next(): Promise<unknown>;
  send(value: unknown): void;
  /** Closes its stdin, by which each of ours ends, and waits. `stderr` is all it said there. */
  finish(): Promise<{ exitCode: number | null; stderr: string }>;
}

type Env = Readonly<Record<string, string>>;

/** How long a process may take to end after its stdin did. */
const FINISH_TIMEOUT_MS = 60_000;

export const fromBench = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The command that runs a TypeScript program of the benchmark, as words. */
export const typescript = (path: string) => [process.execPath, '--import', 'tsx', fromBench(path)];

export function startLineProcess(command: readonly string[], env: Env): LineProcess {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const stderr: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // A process that died tells so by the end of its lines.
  child.stdin.on('error', () => {});
  const words = () => Buffer.concat(stderr).toString().trim();
  return {
    next: async () => {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${args.at(-1)} ended: ${words() || 'without a word'}`);
      return JSON.parse(value);
    },
    send: (value) => child.stdin.write(`${JSON.stringify(value)}\n`),
    finish: async () => {
      child.stdin.end();
      await ended(child);
      return { exitCode: child.exitCode, stderr: words() };
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const timer = setTimeout(() => child.kill('SIGKILL'), FINISH_TIMEOUT_MS);
  await once(child, 'exit');
  clearTimeout(timer);
}
