const INSIDE = 0;
const CLOSED = 1;

/**
 * Keeps a thread from being terminated inside SQLite: better-sqlite3 12.11 then aborts the whole process when it throws
 * (ToLocalChecked), and the child's exit code is lost. The thread passes the gate for all its work in SQLite; main closes the
 * gate before it terminates the thread. Both sides share one buffer.
 */
export class SqliteGate {
  readonly #flags: Int32Array;

  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.#flags = new Int32Array(buffer);
  }

  /** @returns the result of the work; null when the gate is closed, since the thread is about to end */
  pass<Result>(work: () => Result): Result | null {
    Atomics.store(this.#flags, INSIDE, 1);
    try {
      return Atomics.load(this.#flags, CLOSED) === 1 ? null : work();
    } finally {
      Atomics.store(this.#flags, INSIDE, 0);
    }
  }

  /** The thread is inside SQLite, or about to enter it. */
  get isInside(): boolean {
    return Atomics.load(this.#flags, INSIDE) === 1;
  }

  /** Resolves when the thread is outside and can no longer enter. */
  async close(): Promise<void> {
    Atomics.store(this.#flags, CLOSED, 1);
    while (this.isInside) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
