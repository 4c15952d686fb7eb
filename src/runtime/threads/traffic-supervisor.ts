import type { MessagePort, Worker } from 'node:worker_threads';
import { describeError } from '../../base/error-text.js';
import type { Authority, ProxyFact, Proxy as RunningProxy } from '../../proxy/index.js';
import type { FromTraffic, ToTraffic, TrafficStart } from './messages.js';
import { spawnThread } from './spawn.js';
import { CHECK_MS, createStallWatch } from './stall-watch.js';
import { createThreadClock } from './thread-clock.js';
import { WorkMarker } from './work-marker.js';

/** Restarts allowed before the port becomes a blind tunnel: a crash that comes back at once will come back again. */
const MAX_RESTARTS = 3;
/** Closing takes milliseconds; a thread that needs longer is stuck. */
const CLOSE_TIMEOUT_MS = 2_000;
/** Without a sign of life a thread is ended: no byte moves while it is stuck, and Claude Code retries what is reset. */
const STALL_MS = 15_000;

type Start = Omit<TrafficStart, 'workBuffer'>;

export type CrashOutcome = 'restarted' | 'blind' | 'gone';

export interface TrafficEvents {
  onFact(fact: ProxyFact): void;
  onShed(exchanges: number): void;
  /** After `close`, now and then: how many exchanges are still to be stored. */
  onUnstored(exchanges: number): void;
  /** The traffic thread died and is back, or the port is a blind tunnel from now on, or not even that. */
  onCrash(cause: string, outcome: CrashOutcome): void;
  /** A line to the recorder; null when there is none any more. */
  connectRecorder(): MessagePort | null;
}

/**
 * Keeps the part that carries the traffic alive: the same port, CA and credentials for as long as the child runs, whatever
 * happens to the thread behind it.
 */
export class TrafficSupervisor {
  readonly port: number;
  /** PEM, for the child to trust. */
  readonly certificatePem: string;
  #worker: Worker | null;
  #blind: RunningProxy | null = null;
  #restarts = 0;
  #closing = false;
  readonly #start: Start;
  readonly #events: TrafficEvents;

  /** @throws Error when the proxy cannot listen at all. */
  static async start(start: Start, events: TrafficEvents): Promise<TrafficSupervisor> {
    const { worker, port, authority } = await launch(start);
    return new TrafficSupervisor({ ...start, port, authority }, events, worker, authority.certificatePem);
  }

  private constructor(start: Start, events: TrafficEvents, worker: Worker, certificatePem: string) {
    this.#start = start;
    this.#events = events;
    this.#worker = worker;
    this.port = start.port;
    this.certificatePem = certificatePem;
    this.#adopt(worker);
  }

  /** Gives the running thread a new line to the recorder, or none: its thread was started again, or is gone. */
  reconnectRecorder(): void {
    if (this.#worker) this.#connectRecorder(this.#worker);
  }

  /**
   * Ends what is open and sends the last events on their way to the recorder. The thread keeps what is not stored, until `end`.
   */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#blind?.close();
    const worker = this.#worker;
    if (!worker) return;
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(() => void worker.terminate(), CLOSE_TIMEOUT_MS);
      const done = () => {
        clearTimeout(deadline);
        resolve();
      };
      worker.once('exit', done);
      worker.on('message', (message: FromTraffic) => {
        if (message.type === 'closed') done();
      });
      post(worker, { type: 'close' });
    });
  }

  /** The last call, after `close`. */
  end(): void {
    if (this.#worker) post(this.#worker, { type: 'exit' });
  }

  #adopt(worker: Worker): void {
    worker.on('message', (message: FromTraffic) => {
      if (message.type === 'fact') this.#events.onFact(message.fact);
      if (message.type === 'shed') this.#events.onShed(message.exchanges);
      if (message.type === 'unstored') this.#events.onUnstored(message.exchanges);
    });
    let cause = 'it ended without a reason';
    worker.on('error', (error) => {
      cause = describeError(error);
    });
    worker.on('exit', () => {
      this.#worker = null;
      if (!this.#closing) void this.#recover(cause);
    });
    this.#connectRecorder(worker);
  }

  #connectRecorder(worker: Worker): void {
    const port = this.#events.connectRecorder();
    post(worker, { type: 'recorder', port }, port ? [port] : []);
  }

  /** Never rejects: what cannot be mended is told. */
  async #recover(cause: string): Promise<void> {
    try {
      if (this.#restarts >= MAX_RESTARTS) return await this.#goBlind(cause);
    } catch (error) {
      return this.#events.onCrash(describeError(error), 'gone');
    }
    this.#restarts += 1;
    try {
      const { worker } = await launch(this.#start);
      if (this.#closing) return void worker.terminate();
      this.#worker = worker;
      this.#adopt(worker);
      this.#events.onCrash(cause, 'restarted');
    } catch (error) {
      return this.#recover(describeError(error));
    }
  }

  /** Serves the port from here, reading nothing: traffic goes on where tracing cannot. */
  async #goBlind(cause: string): Promise<void> {
    const { credentials, upstream, port } = this.#start;
    const { startProxy } = await import('../../proxy/index.js');
    this.#blind = await startProxy({
      authority: null,
      interceptHosts: [],
      credentials,
      upstream,
      port,
      openTap: () => null,
      onFact: this.#events.onFact,
    });
    this.#events.onCrash(cause, 'blind');
  }
}

function launch(start: Start): Promise<{ worker: Worker; port: number; authority: Authority }> {
  const marker = new WorkMarker();
  const worker = spawnThread('traffic', { ...start, workBuffer: marker.buffer });
  const watch = createStallWatch(
    STALL_MS,
    () => (marker.beats === 0 ? null : marker.beats),
    () => void worker.terminate(),
    createThreadClock(() => marker.threadId, CHECK_MS),
  );
  const checking = setInterval(watch.check, CHECK_MS).unref();
  worker.once('exit', () => clearInterval(checking));
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error('the traffic thread ended before it listened'));
    worker.once('error', reject);
    worker.once('exit', onExit);
    worker.once('message', (message: FromTraffic) => {
      worker.off('error', reject);
      worker.off('exit', onExit);
      if (message.type === 'listening') resolve({ worker, port: message.port, authority: message.authority });
      else reject(new Error(message.type === 'cannot_start' ? message.message : 'the traffic thread did not listen'));
    });
  });
}

function post(worker: Worker, message: ToTraffic, transfer: MessagePort[] = []): void {
  worker.postMessage(message, transfer);
}
