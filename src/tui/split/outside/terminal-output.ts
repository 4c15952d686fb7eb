import { closeSync, constants, openSync, writeSync } from 'node:fs';
import type { WriteStream } from 'node:tty';
import { codeOf } from '../../../base/error-text.js';

const RETRY_MS = 5;
/** Bytes that may wait for a terminal that is slow or has stopped before `offer` drops data. */
const MAX_WAITING = 256 * 1024;

/**
 * Writes to the terminal without waiting for it. Node writes to terminals synchronously: one that has stopped reading
 * (a frozen connection, a stopped window) would block the process, even its signal handlers.
 */
export interface TerminalOutput {
  write(data: string): void;
  /** Writes data, but drops it when the terminal does not keep up. */
  offer(data: string): void;
  /** Whether the terminal has taken everything. */
  isIdle(): boolean;
  /**
   * Waits until the terminal has taken everything, or has taken nothing for `ms`.
   * @returns whether it has taken everything
   */
  drain(ms: number): boolean;
  close(): void;
}

/**
 * @param onIdle the terminal has taken data that had to wait
 * @param onGone the terminal has hung up
 */
export function openTerminalOutput(stdout: WriteStream, onIdle: () => void, onGone: () => void): TerminalOutput {
  const file = openAgain();
  return file === null ? synchronousOutput(stdout) : waitingOutput(file, onIdle, onGone);
}

/**
 * A file description of our own: making the shared one non-blocking would affect other processes. On other systems than
 * Linux /dev/fd is the shared description again.
 */
function openAgain(): number | null {
  const path = process.platform === 'linux' ? '/proc/self/fd/1' : '/dev/tty';
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
}

function synchronousOutput(stdout: WriteStream): TerminalOutput {
  const write = stdout.write.bind(stdout);
  return { write, offer: write, isIdle: () => true, drain: () => true, close() {} };
}

function waitingOutput(file: number, onIdle: () => void, onGone: () => void): TerminalOutput {
  let waiting: Buffer = Buffer.alloc(0);
  let timer: NodeJS.Timeout | null = null;
  let isGone = false;

  /** Writes as much as the terminal takes now. */
  function push(): void {
    while (waiting.length > 0) {
      try {
        waiting = waiting.subarray(writeSync(file, waiting));
      } catch (error) {
        if (codeOf(error) === 'EAGAIN') return;
        waiting = Buffer.alloc(0);
        if (!isGone) setImmediate(onGone);
        isGone = true;
      }
    }
  }

  function retry(): void {
    timer = null;
    push();
    if (waiting.length > 0) timer = setTimeout(retry, RETRY_MS);
    else onIdle();
  }

  function write(data: string): void {
    if (isGone || data === '') return;
    waiting = waiting.length === 0 ? Buffer.from(data) : Buffer.concat([waiting, Buffer.from(data)]);
    if (timer !== null) return;
    push();
    if (waiting.length > 0) timer = setTimeout(retry, RETRY_MS);
  }

  return {
    write,
    offer(data) {
      if (waiting.length < MAX_WAITING) write(data);
    },
    isIdle: () => waiting.length === 0,
    drain(ms) {
      let left = ms;
      push();
      while (waiting.length > 0 && left > 0) {
        const before = waiting.length;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
        push();
        left = waiting.length < before ? ms : left - RETRY_MS;
      }
      return waiting.length === 0;
    },
    close() {
      if (timer !== null) clearTimeout(timer);
      closeSync(file);
    },
  };
}
