import type { Writable } from 'node:stream';
import Queue from 'yocto-queue';

/** Bytes that wait here, besides those in the stream, above which no more should be written. */
const MAX_WAITING = 1024 * 1024;
/** A slow line is written in this many pieces a second. */
const PIECES_A_SECOND = 10;

interface Waiting {
  bytes: Buffer;
  /** Null to write as fast as possible. */
  bytesPerSecond: number | null;
  onWritten: OnWritten | undefined;
}

/** Called once, when the stream has accepted the last byte, or takes no more. */
type OnWritten = (isAccepted: boolean) => void;

/**
 * Writes lines of several sources to one receiver, each as a whole: while one is written slowly, or a long one comes in parts, the
 * others wait.
 */
export class LineWriter {
  readonly #to: Writable;
  readonly #onRoom: () => void;
  readonly #waiting = new Queue<Waiting>();
  #waitingBytes = 0;
  /** Lines that came inside a long one. */
  #deferred: Waiting[] = [];
  #deferredBytes = 0;
  /** A line that comes in parts has begun. */
  #isInside = false;
  /** The next piece of a slow line. */
  #timer: NodeJS.Timeout | null = null;
  #isEnded = false;
  #onWritten: () => void = () => {};

  /** @param onRoom there is room again */
  constructor(to: Writable, onRoom: () => void) {
    this.#to = to;
    this.#onRoom = onRoom;
    to.on('drain', onRoom);
  }

  /** While this is false, a source of lines should wait for `onRoom`. */
  get hasRoom(): boolean {
    return !this.#to.writableNeedDrain && this.#waitingBytes + this.#deferredBytes < MAX_WAITING;
  }

  /** While this is false, a source of parts should wait for `onRoom`. Deferred lines wait for the end of its line, so they do not count here. */
  get hasRoomForParts(): boolean {
    return !this.#to.writableNeedDrain && this.#waitingBytes < MAX_WAITING;
  }

  /** Does nothing once the stream has ended. */
  write(bytes: Buffer, bytesPerSecond: number | null = null, onWritten?: OnWritten): void {
    if (this.#isInside) {
      this.#deferred.push({ bytes, bytesPerSecond, onWritten });
      this.#deferredBytes += bytes.length;
      return;
    }
    this.#wait({ bytes, bytesPerSecond, onWritten });
    this.#writeNext();
  }

  /** Writes a part of a line whose bytes come in parts. */
  writePart(bytes: Buffer, isEnd: boolean): void {
    this.#wait({ bytes, bytesPerSecond: null, onWritten: undefined });
    this.#isInside = !isEnd;
    if (isEnd) {
      for (const line of this.#deferred) this.#wait(line);
      this.#deferred = [];
      this.#deferredBytes = 0;
    }
    this.#writeNext();
  }

  /** Writes what waits, then ends the stream. @param then the stream was ended */
  end(then: () => void = () => {}): void {
    this.#isEnded = true;
    this.#onWritten = then;
    this.#writeNext();
  }

  #wait(line: Waiting): void {
    this.#waiting.enqueue(line);
    this.#waitingBytes += line.bytes.length;
  }

  #writeNext(): void {
    while (this.#timer === null) {
      const next = this.#waiting.dequeue();
      if (next === undefined) break;
      if (next.bytesPerSecond === null) this.#writeNow(next.bytes, next.onWritten);
      else this.#writeSlowly(next, Math.max(1, Math.ceil(next.bytesPerSecond / PIECES_A_SECOND)));
    }
    if (!this.#isEnded || this.#timer !== null) return;
    this.#to.end();
    this.#onWritten();
  }

  #writeSlowly({ bytes, onWritten }: Omit<Waiting, 'bytesPerSecond'>, pieceBytes: number): void {
    // Nobody reads any more: the rest must not keep the process.
    const piece = this.#to.writable ? bytes.subarray(0, pieceBytes) : bytes;
    const rest = bytes.subarray(piece.length);
    this.#writeNow(piece, rest.length === 0 ? onWritten : undefined);
    if (rest.length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#writeSlowly({ bytes: rest, onWritten }, pieceBytes);
      this.#writeNext();
      if (this.hasRoom) this.#onRoom();
    }, 1_000 / PIECES_A_SECOND);
  }

  #writeNow(bytes: Buffer, onWritten?: OnWritten): void {
    this.#waitingBytes -= bytes.length;
    if (!this.#to.writable) onWritten?.(false);
    else if (onWritten === undefined) this.#to.write(bytes);
    else this.#to.write(bytes, (error) => onWritten(!error));
  }
}
