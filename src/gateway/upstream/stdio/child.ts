import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { asBuffer } from '../../../base/as-buffer.js';
import { codeOf } from '../../../base/error-text.js';
import { onOneLine } from '../../../base/json-splice.js';
import type { Frame } from '../../../mcp/messages/index.js';
import { LineAssembler } from '../../../mcp/socket/line-assembler.js';
import type { GroupGuard } from './group-guard.js';

export interface ChildCommand {
  command: readonly string[];
  /** All of its environment. */
  env: Readonly<Record<string, string | undefined>>;
  /** Default: the folder of this process. */
  cwd?: string | undefined;
}

export interface ChildEvents {
  /** Gets each line of its output, without a line end; of a line that is too long, only the beginning. */
  onLine(line: Frame): void;
  /** Called once, whatever ended it. */
  onEnd(end: ChildEnd): void;
}

export interface ChildEnd {
  /** `exit code 1`, `SIGKILL`, …; of one that could not be started, why. */
  exit: string;
  /** The last of what it wrote to stderr, up to 2 KB. */
  stderr: string;
}

/** The child could not be started. */
export class ChildStartError extends Error {
  override readonly name = 'ChildStartError';
}

/** Time between the end of its input, SIGTERM and SIGKILL. */
const STEP_MS = 1_000;
const STDERR_BYTES = 2_048;
/** A child with this much unread input gets no more. */
const MAX_UNREAD_BYTES = 32 * 1024 * 1024;
/** A line without an end is dropped, and no line of a server is this long. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;
const LINE_END = Buffer.from('\n');
const LINE_FEED = 0x0a;

export interface ChildOptions {
  guard: GroupGuard;
  /** Gets a copy of stderr; default: only its end is kept. */
  stderr?: Writable | undefined;
}

/** A server on stdio, in a process group of its own. */
export class Child {
  readonly pid: number;
  readonly #process: ReturnType<typeof spawnServer>;
  readonly #stop: () => void;
  /** Resolves when the process has ended and its output is read. */
  readonly ended: Promise<ChildEnd>;
  #isStopping = false;
  /** Messages and their line ends. */
  #unwritten: Buffer[] = [];
  #unwrittenBytes = 0;

  /** @throws ChildStartError */
  static async start(command: ChildCommand, events: ChildEvents, options: ChildOptions): Promise<Child> {
    const {
      command: [name = ''],
      cwd,
    } = command;
    // The system would report the program as missing.
    if (cwd !== undefined && !isFolder(cwd)) {
      throw new ChildStartError(`${name} cannot be started in ${cwd}, which is not a folder`);
    }
    const process = spawnServer(command);
    // Before anything is awaited: if this process died in between, the child would outlive it.
    if (process.pid !== undefined) options.guard.watch(process.pid);
    if (process.pid === undefined) {
      const [error] = await once(process, 'error');
      throw new ChildStartError(
        codeOf(error) === 'ENOENT' ? `${name}: not found` : `${name} cannot be started (${codeOf(error)})`,
      );
    }
    return new Child(process, process.pid, events, options);
  }

  private constructor(
    process: ReturnType<typeof spawnServer>,
    pid: number,
    events: ChildEvents,
    { guard, stderr }: ChildOptions,
  ) {
    this.pid = pid;
    this.#process = process;
    const lines = new LineAssembler('server', events.onLine);
    let sinceLineEnd = 0;
    process.stdout.on('data', (chunk: Buffer) => {
      const end = chunk.lastIndexOf(LINE_FEED);
      sinceLineEnd = end === -1 ? sinceLineEnd + chunk.length : chunk.length - end - 1;
      if (sinceLineEnd > MAX_LINE_BYTES) this.#kill('SIGKILL');
      else lines.push(chunk, 0);
    });
    // A server that closes its output, or does not read its input, is of no more use.
    process.stdout.on('end', () => this.stop());
    process.stdout.on('error', () => this.stop());
    process.stdin.on('error', () => this.stop());

    let tail = Buffer.alloc(0);
    process.stderr.on('data', (chunk: Buffer) => {
      tail = Buffer.concat([tail, chunk.subarray(-STDERR_BYTES)]).subarray(-STDERR_BYTES);
      if (stderr?.write(chunk) !== false) return;
      process.stderr.pause();
      stderr.once('drain', () => process.stderr.resume());
    });
    process.stderr.on('error', () => {});

    const timers: NodeJS.Timeout[] = [];
    this.#stop = () => {
      this.#write();
      process.stdin.end();
      const steps = [
        [STEP_MS, 'SIGTERM'],
        [2 * STEP_MS, 'SIGKILL'],
      ] as const;
      for (const [ms, signal] of steps) timers.push(setTimeout(() => this.#kill(signal), ms));
    };
    process.on('exit', () => {
      for (const timer of timers) clearTimeout(timer);
      this.#isStopping = true;
      // Programs that it started, such as the one behind npx, must not outlive it, nor keep its output open.
      this.#kill('SIGKILL');
      guard.forget(pid);
    });
    this.ended = new Promise((resolve) => {
      process.on('close', (code, signal) => {
        lines.end(0);
        const end = { exit: signal ?? `exit code ${code}`, stderr: tail.toString() };
        resolve(end);
        events.onEnd(end);
      });
    });
  }

  /** Whether nothing more should be sent. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** @returns false if it does not read, and gets nothing more. @param message one JSON text */
  send(message: Uint8Array): boolean {
    const { stdin } = this.#process;
    if (this.#isStopping || !stdin.writable || stdin.writableLength + this.#unwrittenBytes > MAX_UNREAD_BYTES)
      return false;
    if (this.#unwritten.length === 0) setImmediate(this.#write);
    this.#unwritten.push(onOneLine(asBuffer(message)), LINE_END);
    this.#unwrittenBytes += message.length;
    return true;
  }

  /** Stops reading its output: when the pipe is full, it waits. */
  pause(): void {
    this.#process.stdout.pause();
  }

  resume(): void {
    this.#process.stdout.resume();
  }

  /** Ends its input, then the process and what it started. Resolves when it has ended. */
  async stop(): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      // A child that waits for its output to be read would not end. Nobody needs its last lines.
      this.#process.stdout.resume();
      this.#stop();
    }
    await this.ended;
  }

  /** Messages that come in one turn of the event loop are written together: a write costs as much as the rest of a request. */
  readonly #write = (): void => {
    if (this.#unwritten.length === 0) return;
    const lines = Buffer.concat(this.#unwritten);
    this.#unwritten = [];
    this.#unwrittenBytes = 0;
    this.#process.stdin.write(lines);
  };

  #kill(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // The group has ended.
    }
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function spawnServer({ command: [file = '', ...args], env, cwd }: ChildCommand) {
  return spawn(file, args, { env, cwd, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
}
