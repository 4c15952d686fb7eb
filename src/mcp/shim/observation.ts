import { createConnection, type Socket } from 'node:net';
import { type Closing, createFrameReader, decodeRead, encodeFrame, type Hello, type Sender } from '../socket/frames.js';

/** More than one line may have, so that a line is never lost because it is long. */
const MAX_PENDING_BYTES = 32 * 1024 * 1024;
/** Bytes of a line that are sent. The listener keeps as many. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Frames are collected for this long, up to this size: every write costs the relay as much as a message does. */
const COLLECT_MS = 5;
const COLLECT_BYTES = 64 * 1024;

/** Memory that a buffer takes besides its bytes. It matters if messages are short. */
const BUFFER_BYTES = 128;

/** Waits between attempts to connect. A traffic thread that failed is back within a second; a run that was killed never is. */
const RETRY_MS = [20, 50, 100, 200, 500];
const GIVE_UP_AFTER_MS = 10_000;

/** How long the listener may take to read the last frames when the server has ended. */
const CLOSE_MS = 200;

export interface ObservationOptions {
  /** Default: 32 MB. */
  maxPending?: number;
  /** Reads frames of the listener. Default: only how many lines it has read, since a shim without rules gets nothing else. */
  readerOf?: (onRead: (lines: number) => void) => (chunk: Buffer) => void;
  /** Called when a listener was reached, for the first time or again: `tell` sends what it must know first. */
  onConnected?: () => void;
  /** Default: 200. More if the listener is started beside us, and may not listen yet. */
  closeMs?: number;
}

const LINE_END = 0x0a;

interface Side {
  /** Bytes of the line that has begun. */
  lineBytes: number;
  /** The rest of the line that has begun is dropped. */
  dropping: boolean;
}

/**
 * Sends copies of what passes to the listener of the run. It never makes the relay wait: what does not fit into its buffer is
 * dropped by whole lines, and counted. Without a listener it tries again for a while, then it keeps nothing any more.
 */
export class Observation {
  readonly #path: string;
  readonly #hello: Hello;
  readonly #maxPending: number;
  readonly #closeMs: number;
  readonly #readerOf: NonNullable<ObservationOptions['readerOf']>;
  readonly #onConnected: () => void;
  readonly #sides: Record<Sender, Side> = {
    client: { lineBytes: 0, dropping: false },
    server: { lineBytes: 0, dropping: false },
  };
  #socket: Socket | null = null;
  #isConnected = false;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #pendingLines = 0;
  /** On this socket. */
  #sentLines = 0;
  #readLines = 0;
  #lost = 0;
  #attempts = 0;
  #failingSince = 0;
  #isOff = false;
  #timer: NodeJS.Timeout | null = null;
  #onClosed: (() => void) | null = null;

  constructor(path: string, hello: Hello, options: ObservationOptions = {}) {
    this.#path = path;
    this.#hello = hello;
    this.#maxPending = options.maxPending ?? MAX_PENDING_BYTES;
    this.#closeMs = options.closeMs ?? CLOSE_MS;
    this.#readerOf = options.readerOf ?? ((onRead) => createFrameReader(decodeRead, onRead));
    this.#onConnected = options.onConnected ?? (() => {});
    this.#connect();
  }

  /** Messages that were seen and are known to be lost. */
  get lost(): number {
    return this.#lost;
  }

  /** @param bytes kept, so the caller must not change them */
  see(sender: Sender, bytes: Buffer, at: number): void {
    if (this.#isOff) return;
    const side = this.#sides[sender];
    const kept = side.dropping ? this.#afterDropped(side, bytes) : bytes;
    if (kept.length === 0) return;
    const lastEnd = kept.lastIndexOf(LINE_END);
    if (lastEnd === -1 && side.lineBytes >= MAX_LINE_BYTES) {
      side.lineBytes += kept.length;
      this.#push(encodeFrame({ type: 'left_out', sender, size: kept.length }));
      return;
    }
    const lines = countLineEnds(kept);
    if (this.#pendingBytes + kept.length > this.#maxPending) {
      this.#lost += lines;
      this.#dropRest(sender, lastEnd !== kept.length - 1);
      return;
    }
    side.lineBytes = lastEnd === -1 ? side.lineBytes + kept.length : kept.length - 1 - lastEnd;
    this.#pendingLines += lines;
    this.#push(encodeFrame({ type: 'bytes', sender, at, bytes: kept }));
  }

  /** Sends frames that only this listener can use. @returns false without a listener */
  tell(frames: readonly Buffer[]): boolean {
    if (this.#isConnected) this.#push(frames);
    return this.#isConnected;
  }

  /**
   * Sends frames of another kind.
   * @param lines number of messages that are lost if there is no room for them
   * @param isUrgent sends them at once, without collecting more
   */
  send(frames: readonly Buffer[], lines: number, isUrgent = false): void {
    if (this.#isOff) return;
    const size = frames.reduce((sum, { length }) => sum + length, 0);
    if (this.#pendingBytes + size > this.#maxPending) {
      this.#lost += lines;
      return;
    }
    this.#pendingLines += lines;
    this.#push(frames);
    if (isUrgent) this.#flush();
  }

  /** Sends the last frames. Resolves when the listener has read them and closed the socket, or does not do so soon. */
  async close(exit: string, at: number): Promise<void> {
    if (this.#isOff) return;
    for (const sender of ['client', 'server'] as const) if (this.#sides[sender].dropping) this.#lost += 1;
    const closing: Closing = { exit, lost: this.#lost, at };
    this.#push(encodeFrame({ type: 'closing', closing }));
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(resolve, this.#closeMs);
      this.#onClosed = () => {
        clearTimeout(deadline);
        resolve();
      };
      this.#flush();
    });
    this.#turnOff();
  }

  /** @returns what comes after the line that is dropped; nothing while it goes on */
  #afterDropped(side: Side, bytes: Buffer): Buffer {
    const end = bytes.indexOf(LINE_END);
    if (end === -1) return bytes.subarray(bytes.length);
    this.#lost += 1;
    side.dropping = false;
    return bytes.subarray(end + 1);
  }

  /** @param goesOn the last dropped byte is in the middle of a line */
  #dropRest(sender: Sender, goesOn: boolean): void {
    const side = this.#sides[sender];
    if (side.lineBytes > 0) this.#push(encodeFrame({ type: 'gap', sender }));
    side.lineBytes = 0;
    side.dropping = goesOn;
  }

  #push(frames: readonly Buffer[]): void {
    for (const buffer of frames) {
      this.#pending.push(buffer);
      this.#pendingBytes += buffer.length + BUFFER_BYTES;
    }
    if (this.#pendingBytes > COLLECT_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), COLLECT_MS).unref();
  }

  #flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const socket = this.#socket;
    if (!socket || !this.#isConnected || socket.writableNeedDrain || this.#pending.length === 0) return;
    const bytes = this.#pending.length === 1 ? this.#pending[0] : Buffer.concat(this.#pending);
    this.#sentLines += this.#pendingLines;
    this.#forgetPending();
    socket.write(bytes ?? '');
  }

  #forgetPending(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#pendingLines = 0;
  }

  #connect(): void {
    const socket = createConnection(this.#path);
    socket.unref();
    this.#socket = socket;
    const read = this.#readerOf((lines) => {
      this.#readLines = lines;
    });
    socket.on('connect', () => {
      this.#isConnected = true;
      this.#attempts = 0;
      this.#sentLines = 0;
      this.#readLines = 0;
      this.#pending.unshift(...encodeFrame({ type: 'hello', hello: this.#hello }));
      this.#onConnected();
      this.#flush();
    });
    socket.on('data', (chunk) => {
      try {
        read(chunk);
      } catch {
        socket.destroy();
      }
    });
    socket.on('drain', () => this.#flush());
    socket.on('error', () => {});
    socket.on('close', () => this.#onGone());
  }

  #onGone(): void {
    if (this.#isConnected) this.#onClosed?.();
    if (this.#isOff) return;
    if (this.#isConnected) this.#forgetSent();
    this.#isConnected = false;
    const now = performance.now();
    if (this.#attempts === 0) this.#failingSince = now;
    if (now - this.#failingSince > GIVE_UP_AFTER_MS) {
      this.#turnOff();
      return;
    }
    setTimeout(() => this.#connect(), RETRY_MS[this.#attempts] ?? RETRY_MS.at(-1)).unref();
    this.#attempts += 1;
  }

  /** The next listener begins with whole lines: what was under way to this one is lost. */
  #forgetSent(): void {
    this.#lost += this.#sentLines - this.#readLines + this.#pendingLines;
    this.#forgetPending();
    for (const side of Object.values(this.#sides)) {
      side.dropping ||= side.lineBytes > 0;
      side.lineBytes = 0;
    }
  }

  #turnOff(): void {
    this.#isOff = true;
    this.#forgetPending();
    this.#socket?.destroy();
  }
}

function countLineEnds(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_END); at !== -1; at = bytes.indexOf(LINE_END, at + 1)) lines += 1;
  return lines;
}
