import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { describeError } from '../../base/error-text.js';
import type { AnswerProgress } from '../../model/progress.js';
import type { ProxyFact } from '../../proxy/index.js';
import type { RequestRow } from '../../store/index.js';
import { CARE, type Care, type FromRecorder, type RecorderStart, type ToRecorder } from './messages.js';
import { spawnThread } from './spawn.js';
import { SqliteGate } from './sqlite-gate.js';
import { CHECK_MS, createStallWatch, type StallWatch } from './stall-watch.js';
import { createThreadClock } from './thread-clock.js';
import { type Work, WorkMarker } from './work-marker.js';

/** Crashes in a row, with no progress between them (`#hear`), after which it is not started again. */
const MAX_RESTARTS = 3;

/** Without a sign of life a thread is ended: a large body may keep a busy machine for seconds, but not for longer. */
const STALL_MS = 15_000;
/** At the end of a run the user waits. */
const STALL_AT_END_MS = 2_500;
/** At the end of a run with no work done for so long, it ends without the rest; sooner where a thread had to be replaced. */
const STANDSTILL_MS = 4_500;
const STANDSTILL_AFTER_RESTART_MS = 2_000;
/** A thread that boots on a busy machine stands still, too. */
const BOOT_MS = 10_000;
/** For the rest, once a signal came. */
const HURRY_MS = 2_000;

type Start = Omit<RecorderStart, 'gateBuffer' | 'workBuffer' | 'careful'>;

export interface RecorderEvents {
  onCommitted(rows: RequestRow[]): void;
  /** Answers that grew, while they are watched. */
  onProgress(answers: AnswerProgress[]): void;
  onProblem(code: string, message: string): void;
  /** The recorder is back after a crash and needs a new line to the traffic thread, which has what was not stored. */
  onRestarted(): void;
  /** It could not be kept alive: nothing is captured from now on. */
  onGone(): void;
}

/** One life of the thread. */
interface Life {
  worker: Worker;
  gate: SqliteGate;
  marker: WorkMarker;
  watch: StallWatch;
  /** Unix ms. */
  since: number;
}

/** What is waited for at the end. */
interface Finish {
  timeoutMs: number;
  isHurried: boolean;
  lost: number | null;
  done(): void;
}

/**
 * Keeps the thread that decodes, attributes and writes alive: one that dies, or gives no sign of life, is replaced, and what it
 * had not stored comes again. The exchange that it was at is then treated with more care each time. When it cannot be kept,
 * capture ends and the traffic goes on.
 */
export class RecorderSupervisor {
  #life: Life | null = null;
  #restarts = 0;
  /** The last crash was over an exchange, which is treated with more care since. */
  #isBlamed = false;
  #commits = 0;
  #launches = 0;
  #steps = 0;
  #watched = false;
  #finish: Finish | null = null;
  readonly #careful = new Map<string, Care>();
  readonly #start: Start;
  readonly #events: RecorderEvents;

  constructor(start: Start, events: RecorderEvents) {
    this.#start = start;
    this.#events = events;
    this.#launch();
  }

  /** A new line to the recorder, for the traffic thread's end of it; null when there is no recorder any more. */
  connect(): MessagePort | null {
    if (!this.#life) return null;
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
   * Writes everything that has arrived: for as long as that goes on, and `timeoutMs` where nothing can be written.
   * @param hurry no longer than until this
   * @returns how many requests and responses are known to be lost
   */
  async finish(timeoutMs: number, hurry: AbortSignal): Promise<{ lost: number }> {
    if (!this.#life) return { lost: 0 };
    let watching: NodeJS.Timeout | undefined;
    const finish = await new Promise<Finish>((resolve) => {
      const finish: Finish = { timeoutMs, isHurried: false, lost: null, done: () => resolve(finish) };
      this.#finish = finish;
      this.#life?.watch.limit(STALL_AT_END_MS);
      const standstill = createStallWatch(
        STANDSTILL_MS,
        () => this.#progress(),
        () => this.#abandon(),
        createThreadClock(() => this.#life?.marker.threadId ?? 0, CHECK_MS),
      );
      watching = setInterval(() => {
        if (this.#restarts > 0) standstill.limit(STANDSTILL_AFTER_RESTART_MS);
        standstill.check();
      }, CHECK_MS);
      this.#post({ type: 'finish', timeoutMs });
      const onHurry = () => {
        finish.isHurried = true;
        this.#post({ type: 'finish', timeoutMs: 0 });
        setTimeout(() => this.#abandon(), HURRY_MS).unref();
      };
      if (hurry.aborted) onHurry();
      else hurry.addEventListener('abort', onHurry, { once: true });
    });
    clearInterval(watching);
    if (finish.lost === null && timeoutMs > 0) {
      const why = finish.isHurried ? 'a signal ended it' : 'it did not answer any more';
      this.#events.onProblem(
        'recorder_cut',
        `The last requests may not be stored: the recorder was not done (${why}).`,
      );
    }
    return { lost: finish.lost ?? 0 };
  }

  /** Changes with all that is stored, with each new thread, and with every piece of work of one that did not have to be replaced. */
  #progress(): number | null {
    if (this.#life?.marker.beats === 0 && Date.now() - this.#life.since < BOOT_MS) return null;
    if (this.#restarts === 0) this.#steps = this.#life?.marker.steps ?? 0;
    // A new thread has all of its time, also where it has booted between two looks.
    return (this.#commits + this.#launches) * 2 ** 32 + this.#steps;
  }

  /** Ends the thread, and with it the wait for it. */
  #abandon(): void {
    const finish = this.#finish;
    if (finish === null || this.#life === null) return;
    this.#restarts = MAX_RESTARTS;
    endLife(this.#life);
    // Stuck inside SQLite, by a disk that does not answer, it cannot be ended.
    setTimeout(finish.done, ABANDON_MS).unref();
  }

  #launch(): void {
    this.#launches += 1;
    const gate = new SqliteGate();
    const marker = new WorkMarker();
    const worker = spawnThread('recorder', {
      ...this.#start,
      gateBuffer: gate.buffer,
      workBuffer: marker.buffer,
      careful: this.#careful,
    });
    let cause = 'it ended without a reason';
    const watch = createStallWatch(
      this.#finish === null ? STALL_MS : STALL_AT_END_MS,
      () => (gate.isInside || marker.beats === 0 ? null : marker.beats),
      () => {
        cause = 'it did not answer any more';
        endLife(life);
      },
      createThreadClock(() => marker.threadId, CHECK_MS),
    );
    const life: Life = { worker, gate, marker, watch, since: Date.now() };
    this.#life = life;
    const checking = setInterval(watch.check, CHECK_MS).unref();
    if (this.#watched) this.watch(true);
    worker.on('message', (message: FromRecorder) => this.#hear(message));
    worker.on('error', (error) => {
      cause = describeError(error);
    });
    worker.on('exit', () => {
      clearInterval(checking);
      this.#life = null;
      if (this.#finish !== null && (this.#finish.lost !== null || this.#finish.isHurried)) this.#finish.done();
      else this.#recover(cause, marker.current());
    });
  }

  #hear(message: FromRecorder): void {
    switch (message.type) {
      case 'committed':
        // Every life stores open exchanges again: alone they are progress only where the cause of the crash is known and avoided.
        if (this.#isBlamed || message.rows.some(({ state }) => state !== 'open')) this.#restarts = 0;
        this.#commits += 1;
        this.#events.onCommitted(message.rows);
        break;
      case 'progress':
        this.#events.onProgress(message.answers);
        break;
      case 'problem':
        this.#events.onProblem(message.code, message.message);
        break;
      case 'drained':
        if (this.#finish) this.#finish.lost = message.lost;
    }
  }

  #recover(cause: string, work: Work | null): void {
    if (this.#restarts >= MAX_RESTARTS) {
      this.#events.onGone();
      this.#events.onProblem(
        'recorder_gone',
        `Capture has stopped, the traffic goes on: the recorder failed (${cause}).`,
      );
      this.#finish?.done();
      return;
    }
    this.#restarts += 1;
    this.#isBlamed = work !== null && this.#careful.get(work.exchange) !== 'left out';
    if (work !== null) this.#careful.set(work.exchange, nextCare(work, this.#careful.get(work.exchange)));
    this.#launch();
    this.#events.onRestarted();
    if (this.#finish) this.#post({ type: 'finish', timeoutMs: this.#finish.timeoutMs });
    this.#events.onProblem('recorder_restarted', `The recorder failed and was started again (${cause}).`);
  }

  #post(message: ToRecorder, transfer: MessagePort[] = []): void {
    this.#life?.worker.postMessage(message, transfer);
  }
}

/** How long a thread may take to end. */
const ABANDON_MS = 400;

/** A thread is never ended inside of SQLite (sqlite-gate.ts). */
function endLife({ gate, worker }: Life): void {
  void gate.close().then(() => worker.terminate());
}

/** Where attribution failed, bodies can be read; where reading failed, nothing else would help. */
function nextCare({ stage }: Work, before: Care | undefined): Care {
  const level = CARE.indexOf(before ?? 'unattributed') + (before === undefined ? 0 : 1);
  const least = stage === 'attribute' || stage === 'follow' ? 0 : 1;
  return CARE[Math.max(level, least)] ?? 'left out';
}
