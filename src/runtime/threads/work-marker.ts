import { ULID_LENGTH } from '../../model/ids.js';
import { ownThreadId } from './priority.js';

/** The stages of the recorder's work on an exchange. */
export const STAGES = ['read', 'follow', 'attribute', 'write'] as const;
export type Stage = (typeof STAGES)[number];

export interface Work {
  stage: Stage;
  exchange: string;
}

/** At least as often as every watch checks. */
const BEAT_MS = 250;

/** Offsets in 32-bit words. */
const BEATS = 0;
const STEPS = 1;
const STAGE = 2;
const THREAD = 3;
const EXCHANGE = 4;

const IDLE = 0;

/**
 * Shows main that a thread is alive and what it is working on, in memory that they share: a thread that is stuck or has died
 * can send no messages.
 */
export class WorkMarker {
  readonly #words: Int32Array;
  readonly #exchange: Uint8Array;

  constructor(readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(EXCHANGE * 4 + ULID_LENGTH)) {
    this.#words = new Int32Array(buffer, 0, EXCHANGE);
    this.#exchange = new Uint8Array(buffer, EXCHANGE * 4);
  }

  /** Called once by the thread: gives signs of life as long as its event loop runs. */
  keepBeating(): void {
    Atomics.store(this.#words, THREAD, ownThreadId() ?? 0);
    this.#beat();
    setInterval(() => this.#beat(), BEAT_MS).unref();
  }

  /** Runs work on an exchange. Calls can be nested. */
  during<Result>(stage: Stage, exchange: string, work: () => Result): Result {
    const before = this.current();
    this.set({ stage, exchange });
    try {
      return work();
    } finally {
      this.set(before);
    }
  }

  /** Sets the current work; null: none on any exchange. */
  set(work: Work | null): void {
    if (work !== null) {
      for (let index = 0; index < ULID_LENGTH; index++) this.#exchange[index] = work.exchange.charCodeAt(index);
    }
    Atomics.store(this.#words, STAGE, work === null ? IDLE : STAGES.indexOf(work.stage) + 1);
    Atomics.add(this.#words, STEPS, 1);
    this.#beat();
  }

  current(): Work | null {
    const stage = STAGES[Atomics.load(this.#words, STAGE) - 1];
    return stage === undefined ? null : { stage, exchange: String.fromCharCode(...this.#exchange) };
  }

  /** The id of the thread in the operating system; 0 where it is unknown. */
  get threadId(): number {
    return Atomics.load(this.#words, THREAD);
  }

  /** Changes with every sign of life; 0 before the first. */
  get beats(): number {
    return Atomics.load(this.#words, BEATS);
  }

  /** Changes with every piece of work. */
  get steps(): number {
    return Atomics.load(this.#words, STEPS);
  }

  #beat(): void {
    Atomics.add(this.#words, BEATS, 1);
  }
}
