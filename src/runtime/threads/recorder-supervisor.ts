import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { describeError } from '../../base/error-text.js';
import type { KnownMcpServer } from '../../mcp/discover/index.js';
import type { AnswerProgress } from '../../model/progress.js';
import type { RequestSummary } from '../../model/request.js';
import { CARE, type Care } from './care.js';
import type { FromRecorder, RecorderStart, ToRecorder } from './messages.js';
import { spawnThread } from './spawn.js';
import { CHECK_MS, createStallWatch } from './stall-watch.js';
import { SupervisedThread, type ThreadExit } from './supervised-thread.js';
import { createThreadClock } from './thread-clock.js';
import type { Work } from './work-marker.js';

const MAX_RESTARTS = 3;
/** A large body may keep a busy machine for seconds, but not for longer. */
const STALL_MS = 15_000;
/** At the end of a run the user waits. */
const STALL_AT_END_MS = 2_500;
/** When nothing was stored for so long at the end of a run, it ends without the rest; sooner once a thread had to be replaced. */
const STANDSTILL_MS = 4_500;
const STANDSTILL_AFTER_RESTART_MS = 2_000;
/** On a busy machine a thread makes no progress while it boots, for up to this long. */
const BOOT_MS = 10_000;
/** For the rest, once a signal came. */
const HURRY_MS = 2_000;
/** A thread that is stuck inside SQLite, by a disk that does not answer, cannot be ended: it is waited for only this long. */
const TERMINATE_MS = 400;

type Start = Omit<RecorderStart, 'gateBuffer' | 'workBuffer' | 'careful'>;

export interface RecorderEvents {
  onCommitted(rows: RequestSummary[]): void;
  /** Answers that grew, while they are watched. */
  onProgress(answers: AnswerProgress[]): void;
  onProblem(code: string, message: string): void;
  /** The recorder was restarted, or is gone: each tap needs a new line to it, and has what was not stored. */
  onReconnect(): void;
}

/** What `finish` waits for. */
interface Finish {
  timeoutMs: number;
  isHurried: boolean;
  lost: number | null;
  done(): void;
}

/**
 * Keeps alive the thread that decodes, attributes and writes. After a crash the taps send again what was not stored, and the
 * exchange that the thread was working on is treated with more care each time. When the thread cannot be kept alive, capture
 * ends and the traffic goes on.
 */
export class RecorderSupervisor {
  readonly #start: Start;
  readonly #events: RecorderEvents;
  readonly #thread: SupervisedThread<ToRecorder, FromRecorder>;
  /** By exchange. */
  readonly #careful = new Map<string, Care>();
  /** The last crash happened while working on an exchange, which has been treated with more care since. */
  #isCauseKnown = false;
  #commits = 0;
  #steps = 0;
  #isWatched = false;
  #onServersKnown: (() => void)[] = [];
  #finish: Finish | null = null;
  /** Messages that wait for `start`; null from then on. */
  #early: { message: ToRecorder; transfer: MessagePort[] }[] | null = [];

  /** @param spawn tests replace it */
  constructor(start: Start, events: RecorderEvents, spawn: typeof spawnThread = spawnThread) {
    this.#start = { ...start };
    this.#events = events;
    this.#thread = new SupervisedThread({
      boot: ({ gate, marker }) =>
        spawn('recorder', {
          ...this.#start,
          gateBuffer: gate.buffer,
          workBuffer: marker.buffer,
          careful: this.#careful,
        }),
      maxRestarts: MAX_RESTARTS,
      stallMs: STALL_MS,
      onMessage: (message) => this.#receive(message),
      onExit: (exit) => this.#onExit(exit),
    });
  }

  /** Boots the thread, which then gets all earlier messages. Later calls do nothing. */
  start(): void {
    const early = this.#early;
    if (early === null) return;
    this.#early = null;
    try {
      this.#thread.start();
    } catch (error) {
      // The system has no room for another thread: the traffic goes on.
      this.#serversAreKnown();
      this.#events.onReconnect();
      this.#events.onProblem('recorder_gone', `Nothing is captured: the recorder failed (${describeError(error)}).`);
    }
    for (const { message, transfer } of early) this.#post(message, transfer);
  }

  /** The tap's end of a new line to the recorder; null when there is no recorder any more. */
  connect(): MessagePort | null {
    if (this.#early === null && this.#thread.life === null) return null;
    const { port1, port2 } = new MessageChannel();
    this.#post({ type: 'tap', port: port1 }, [port1]);
    return port2;
  }

  noteIncident(code: string, message: string, at: number): void {
    this.#post({ type: 'incident', code, message, at });
  }

  /** Whether answers are followed while they come. */
  watch(watched: boolean): void {
    this.#isWatched = watched;
    this.#post({ type: 'watch', watched });
  }

  /** Resolves when all further events are read with these servers, or never will be. */
  useMcpServers(servers: readonly KnownMcpServer[]): Promise<void> {
    this.#start.mcpServers = servers;
    if (this.#early === null && this.#thread.life === null) return Promise.resolve();
    this.#post({ type: 'mcp_servers', servers });
    return new Promise((resolve) => this.#onServersKnown.push(resolve));
  }

  #serversAreKnown(): void {
    for (const resolve of this.#onServersKnown.splice(0)) resolve();
  }

  #post(message: ToRecorder, transfer: MessagePort[] = []): void {
    if (this.#early !== null) this.#early.push({ message, transfer });
    else this.#thread.post(message, transfer);
  }

  /**
   * Writes everything that has arrived: for as long as rows are being stored, and for `timeoutMs` when none can be.
   * @param hurry ends the wait soon
   * @returns how many requests and responses are known to be lost
   */
  async finish(timeoutMs: number, hurry: AbortSignal): Promise<{ lost: number }> {
    if (this.#thread.life === null) return { lost: 0 };
    let watching: NodeJS.Timeout | undefined;
    const finish = await new Promise<Finish>((resolve) => {
      const finish: Finish = { timeoutMs, isHurried: false, lost: null, done: () => resolve(finish) };
      this.#finish = finish;
      this.#thread.limitStall(STALL_AT_END_MS);
      const standstill = createStallWatch(
        STANDSTILL_MS,
        () => this.#progress(),
        () => this.#abandon(),
        createThreadClock(() => this.#thread.life?.marker.threadId ?? 0, CHECK_MS),
      );
      watching = setInterval(() => {
        if (this.#thread.restarts > 0) standstill.limit(STANDSTILL_AFTER_RESTART_MS);
        standstill.check();
      }, CHECK_MS);
      this.#thread.post({ type: 'finish', timeoutMs });
      const onHurry = () => {
        finish.isHurried = true;
        this.#thread.post({ type: 'finish', timeoutMs: 0 });
        setTimeout(() => this.#abandon(), HURRY_MS).unref();
      };
      if (hurry.aborted) onHurry();
      else hurry.addEventListener('abort', onHurry, { once: true });
    });
    clearInterval(watching);
    if (finish.lost === null && timeoutMs > 0) {
      const why = finish.isHurried ? 'a signal ended the wait' : 'it stopped responding';
      this.#events.onProblem(
        'recorder_cut',
        `The last requests may not be stored: the recorder did not finish (${why}).`,
      );
    }
    return { lost: finish.lost ?? 0 };
  }

  /** A figure that changes with every commit, every new thread, and every step of work of a thread that was never replaced. */
  #progress(): number | null {
    const { life, restarts, boots } = this.#thread;
    if (life?.marker.beats === 0 && Date.now() - life.bootedAt < BOOT_MS) return null;
    if (restarts === 0) this.#steps = life?.marker.steps ?? 0;
    return (this.#commits + boots) * 2 ** 32 + this.#steps;
  }

  /** Ends the thread, and with it `finish`. */
  #abandon(): void {
    const finish = this.#finish;
    if (finish === null || this.#thread.life === null) return;
    this.#thread.forbidRestarts();
    this.#thread.terminate();
    setTimeout(finish.done, TERMINATE_MS).unref();
  }

  #receive(message: FromRecorder): void {
    switch (message.type) {
      case 'committed':
        // Every thread stores open exchanges again. Those alone are progress only if the cause of the crash is known and avoided.
        if (this.#isCauseKnown || message.rows.some(({ state }) => state !== 'open')) this.#thread.noteProgress();
        this.#commits += 1;
        this.#events.onCommitted(message.rows);
        break;
      case 'progress':
        this.#events.onProgress(message.answers);
        break;
      case 'problem':
        this.#events.onProblem(message.code, message.message);
        break;
      case 'mcp_servers_known':
        this.#serversAreKnown();
        break;
      case 'drained':
        if (this.#finish) this.#finish.lost = message.lost;
    }
  }

  #onExit({ cause, work }: ThreadExit): void {
    // A new thread begins with them.
    this.#serversAreKnown();
    const finish = this.#finish;
    if (finish !== null && (finish.lost !== null || finish.isHurried)) {
      finish.done();
      return;
    }
    this.#isCauseKnown = work !== null && this.#careful.get(work.exchange) !== 'left_out';
    if (work !== null) this.#careful.set(work.exchange, nextCare(work, this.#careful.get(work.exchange)));
    const isRestarted = this.#thread.restart();
    this.#events.onReconnect();
    if (!isRestarted) {
      this.#events.onProblem(
        'recorder_gone',
        `The recorder failed, so capture has stopped; traffic is not affected (${cause}).`,
      );
      finish?.done();
      return;
    }
    if (this.#isWatched) this.watch(true);
    if (finish) this.#thread.post({ type: 'finish', timeoutMs: finish.timeoutMs });
    this.#events.onProblem('recorder_restarted', `The recorder failed and was started again (${cause}).`);
  }
}

/** After a crash in `attribute` or `follow`, the exchange is first stored without attribution; after one in `read` or `write`, without bodies. */
function nextCare({ stage }: Work, before: Care | undefined): Care {
  const level = CARE.indexOf(before ?? 'unattributed') + (before === undefined ? 0 : 1);
  const least = stage === 'attribute' || stage === 'follow' ? 0 : 1;
  return CARE[Math.max(level, least)] ?? 'left_out';
}
