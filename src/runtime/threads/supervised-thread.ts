import type { MessagePort, Worker } from 'node:worker_threads';
import { describeError } from '../../base/error-text.js';
import { SqliteGate } from './sqlite-gate.js';
import { CHECK_MS, createStallWatch, type StallWatch } from './stall-watch.js';
import { createThreadClock } from './thread-clock.js';
import { type Work, WorkMarker } from './work-marker.js';

/** Memory that main shares with one thread. */
export interface SharedWithThread {
  marker: WorkMarker;
  gate: SqliteGate;
}

/** One thread, from its boot to its exit. */
export interface ThreadLife extends SharedWithThread {
  worker: Worker;
  watch: StallWatch;
  /** Unix ms. */
  bootedAt: number;
}

export interface ThreadExit {
  /** Why the thread ended, as half a sentence. */
  cause: string;
  /** What it was working on. */
  work: Work | null;
}

export interface SupervisedThreadOptions<Received> {
  boot(shared: SharedWithThread): Worker;
  /** Restarts in a row, see `noteProgress`. A crash that comes back at once will come back again. */
  maxRestarts: number;
  /** A thread without a sign of life for this long is ended. A thread that never calls `WorkMarker.keepBeating` is not watched. */
  stallMs: number;
  onMessage(message: Received): void;
  /** The thread ended, by itself or because it stalled. The owner decides whether to `restart` it. */
  onExit(exit: ThreadExit): void;
}

/** Boots a worker thread, ends it when it stalls, and restarts it up to a limit. */
export class SupervisedThread<Sent, Received> {
  readonly #options: SupervisedThreadOptions<Received>;
  #life: ThreadLife | null = null;
  #stallMs: number;
  #restarts = 0;
  #boots = 0;

  constructor(options: SupervisedThreadOptions<Received>) {
    this.#options = options;
    this.#stallMs = options.stallMs;
  }

  /** The running thread; null before `start`, and from its exit until `restart`. */
  get life(): ThreadLife | null {
    return this.#life;
  }

  /** Restarts since the last progress. */
  get restarts(): number {
    return this.#restarts;
  }

  /** How many threads were booted, the first included. */
  get boots(): number {
    return this.#boots;
  }

  /** @throws Error when the system has no room for another thread */
  start(): void {
    this.#boots += 1;
    const marker = new WorkMarker();
    const gate = new SqliteGate();
    const worker = this.#options.boot({ marker, gate });
    let cause = 'it ended without a reason';
    const watch = createStallWatch(
      this.#stallMs,
      // Before its first beat a thread is booting; a wait inside SQLite can be long.
      () => (gate.isInside || marker.beats === 0 ? null : marker.beats),
      () => {
        cause = 'it stopped responding';
        this.terminate();
      },
      createThreadClock(() => marker.threadId, CHECK_MS),
    );
    const checking = setInterval(watch.check, CHECK_MS).unref();
    this.#life = { worker, marker, gate, watch, bootedAt: Date.now() };
    worker.on('message', this.#options.onMessage);
    worker.on('error', (error) => {
      cause = describeError(error);
    });
    worker.on('exit', () => {
      clearInterval(checking);
      this.#life = null;
      this.#options.onExit({ cause, work: marker.current() });
    });
  }

  /** @returns false when the limit is reached, and nothing was started */
  restart(): boolean {
    if (this.#restarts >= this.#options.maxRestarts) return false;
    this.#restarts += 1;
    try {
      this.start();
      return true;
    } catch {
      return this.restart();
    }
  }

  /** The thread works again: earlier restarts do not count any more. */
  noteProgress(): void {
    this.#restarts = 0;
  }

  forbidRestarts(): void {
    this.#restarts = this.#options.maxRestarts;
  }

  /** A new limit for this thread and for those that replace it. */
  limitStall(ms: number): void {
    this.#stallMs = ms;
    this.#life?.watch.limit(ms);
  }

  /** Does nothing while no thread runs. */
  post(message: Sent, transfer: MessagePort[] = []): void {
    this.#life?.worker.postMessage(message, transfer);
  }

  /** Ends the thread, as soon as it is outside SQLite (see SqliteGate). `onExit` follows. */
  terminate(): void {
    const life = this.#life;
    if (life) void life.gate.close().then(() => life.worker.terminate());
  }
}
