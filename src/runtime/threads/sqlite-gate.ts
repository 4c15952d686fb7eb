const INSIDE = 0;
const CLOSED = 1;

/**
 * Keeps the recorder's thread from being terminated inside SQLite: better-sqlite3 12.11 then aborts the whole process when it
 * throws (ToLocalChecked), and the child's exit code is lost. The thread passes the gate around everything it does there; main
 * closes it before it terminates the thread. Both sides share one buffer.
 */
export class SqliteGate {
  readonly #flags: Int32Array;

  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.#flags = new Int32Array(buffer);
  }

  /** @returns null when the gate is closed: the thread is about to end. */
  pass<Result>(work: () => Result): Result | null {
    Atomics.store(this.#flags, INSIDE, 1);
    try {
      return Atomics.load(this.#flags, CLOSED) === 1 ? null : work();
    } finally {
      Atomics.store(this.#flags, INSIDE, 0);
    }
  }

  /** The thread is in SQLite, or about to be. */
  get isInside(): boolean {
    return Atomics.load(this.#flags, INSIDE) === 1;
  }

  /** Resolves when nobody is inside, and nobody will be. */
  async close(): Promise<void> {
    Atomics.store(this.#flags, CLOSED, 1);
    while (this.isInside) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
