import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { describeError } from '../format/describe-error.js';
import type { AnswerProgress } from '../model/progress.js';
import type { ProxyFact } from '../proxy/index.js';
import type { RequestRow } from '../store/index.js';
import type { FromRecorder, RecorderStart, ToRecorder } from './threads/messages.js';
import { spawnThread } from './threads/spawn.js';
import { SqliteGate } from './threads/sqlite-gate.js';

const MAX_RESTARTS = 3;
/** Beyond that, for reading what has piled up: captured data goes before a quick exit, and a signal ends the wait. */
const GRACE_MS = 30_000;
const HURRY_MS = 2_000;

export interface RecorderEvents {
  onCommitted(rows: RequestRow[]): void;
  /** Answers that grew, while they are watched. */
  onProgress(answers: AnswerProgress[]): void;
  onProblem(code: string, message: string): void;
  /** The recorder is back after a crash and needs a new line to the traffic thread. */
  onRestarted(): void;
  /** It could not be kept alive: nothing is captured from now on. */
  onGone(): void;
}

/** Keeps the thread that decodes, attributes and writes alive. When it cannot be kept, capture ends and the traffic goes on. */
export class RecorderSupervisor {
  #worker: Worker | null = null;
  #restarts = 0;
  #finishing = false;
  #watched = false;
  readonly #gate = new SqliteGate();
  readonly #start: Omit<RecorderStart, 'gateBuffer'>;
  readonly #events: RecorderEvents;

  constructor(start: Omit<RecorderStart, 'gateBuffer'>, events: RecorderEvents) {
    this.#start = start;
    this.#events = events;
    this.#launch();
  }

  /** A new line to the recorder, for the traffic thread's end of it; null when there is no recorder any more. */
  connect(): MessagePort | null {
    if (!this.#worker) return null;
    const { port1, port2 } = new MessageChannel();
    this.#post({ type: 'traffic', port: port1 }, [port1]);
    return port2;
  }

  noteFact(fact: ProxyFact): void {
    this.#post({ type: 'fact', fact });
  }

  /** Whether answers are followed while they come. */
  watch(watched: boolean): void {
    this.#watched = watched;
    this.#post({ type: 'watch', watched });
  }

  /**
   * Writes everything that has arrived, for as long as allowed.
   * @param hurry no longer than until this
   * @returns how many requests and responses are known to be lost
   */
  finish(timeoutMs: number, hurry: AbortSignal): Promise<{ lost: number }> {
    this.#finishing = true;
    const worker = this.#worker;
    if (!worker) return Promise.resolve({ lost: 0 });
    return new Promise((resolve) => {
      let cause = 'it took too long';
      let lost: number | null = null;
      // The thread keeps the time itself, unless it is stuck in one long step.
      const giveUpAfter = (ms: number) => setTimeout(() => void this.#gate.close().then(() => worker.terminate()), ms);
      let deadline = giveUpAfter(timeoutMs + GRACE_MS);
      const onHurry = () => {
        clearTimeout(deadline);
        this.#post({ type: 'finish', timeoutMs: 0 });
        deadline = giveUpAfter(HURRY_MS);
      };
      worker.on('message', (message: FromRecorder) => {
        if (message.type === 'drained') lost = message.lost;
      });
      worker.on('error', (error) => {
        cause = describeError(error);
      });
      worker.once('exit', () => {
        clearTimeout(deadline);
        if (lost === null && timeoutMs > 0) {
          this.#events.onProblem(
            'recorder_cut',
            `The last requests may not be stored: the recorder was not done (${cause}).`,
          );
        }
        resolve({ lost: lost ?? 0 });
      });
      this.#post({ type: 'finish', timeoutMs });
      if (hurry.aborted) onHurry();
      else hurry.addEventListener('abort', onHurry, { once: true });
    });
  }

  #launch(): void {
    const worker = spawnThread('recorder', { ...this.#start, gateBuffer: this.#gate.buffer });
    this.#worker = worker;
    if (this.#watched) this.watch(true);
    worker.on('message', (message: FromRecorder) => {
      if (message.type === 'committed') this.#events.onCommitted(message.rows);
      if (message.type === 'progress') this.#events.onProgress(message.answers);
      if (message.type === 'problem') this.#events.onProblem(message.code, message.message);
    });
    let cause = 'it ended without a reason';
    worker.on('error', (error) => {
      cause = describeError(error);
    });
    worker.on('exit', () => {
      this.#worker = null;
      if (!this.#finishing) this.#recover(cause);
    });
  }

  #recover(cause: string): void {
    if (this.#restarts >= MAX_RESTARTS) {
      this.#events.onGone();
      this.#events.onProblem(
        'recorder_gone',
        `Capture has stopped, the traffic goes on: the recorder failed (${cause}).`,
      );
      return;
    }
    this.#restarts += 1;
    this.#launch();
    this.#events.onRestarted();
    this.#events.onProblem(
      'recorder_restarted',
      `The recorder failed and was started again (${cause}); requests in flight at that moment may be missing.`,
    );
  }

  #post(message: ToRecorder, transfer: MessagePort[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }
}
