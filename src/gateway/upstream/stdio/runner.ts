import { describeError } from '../../../base/error-text.js';
import { type Frame, type RpcMessage, readMessages } from '../../../mcp/messages/index.js';
import type { Child, ChildEnd } from './child.js';
import { SharedChild } from './shared-child.js';

interface Receiver {
  receive(message: RpcMessage): void;
  close(end: ChildEnd | null): void;
}

export interface RunnerEvents {
  start(events: { onLine(line: Frame): void; onEnd(end: ChildEnd): void }): Promise<Child>;
  onStarted(pid: number): void;
  /** Called at its first message. */
  onSpoken(): void;
  onHung(): void;
  /** @param pid null if it could not be started; then its end says why. @param reason why it was ended; null if it ended by itself */
  onEnded(pid: number | null, end: ChildEnd, reason: string | null): void;
}

/** One child from its start to its end, and the receiver of its messages. */
export class Runner {
  readonly started: Promise<Child>;
  receiver: Receiver | null = null;
  onGone: () => void = () => {};
  hasSpoken = false;
  readonly #events: RunnerEvents;
  readonly #startMs: number;
  #shared: SharedChild | null = null;
  #reason: string | null = null;
  /** Runs from the first message to it until its own first message. */
  #timer: NodeJS.Timeout | null = null;

  /** @param startMs how long it may take to send its first message */
  constructor(startMs: number, events: RunnerEvents) {
    this.#startMs = startMs;
    this.#events = events;
    this.started = events.start({
      onLine: (line: Frame) => {
        for (const message of readMessages(line)) {
          if (message.kind !== 'malformed' && !this.hasSpoken) this.#speaks();
          this.receiver?.receive(message);
        }
      },
      onEnd: (end: ChildEnd) => {
        this.#clear();
        this.receiver?.close(end);
        this.onGone();
        void this.started.then(({ pid }) => events.onEnded(pid, end, this.#reason));
      },
    });
    this.started.then(
      ({ pid }) => events.onStarted(pid),
      (error) => {
        this.onGone();
        events.onEnded(null, { exit: describeError(error), stderr: '' }, null);
      },
    );
  }

  /** Its first message is sent now. */
  asked(): void {
    if (this.hasSpoken || this.#timer !== null) return;
    this.#timer = setTimeout(() => void this.stop('silent'), this.#startMs).unref();
  }

  #speaks(): void {
    this.hasSpoken = true;
    this.#clear();
    this.#events.onSpoken();
  }

  #clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Lets it answer requests of several clients. */
  share(child: Child): SharedChild {
    this.#shared ??= new SharedChild(child, this.#events.onHung);
    this.receiver = this.#shared;
    this.asked();
    return this.#shared;
  }

  /** Resolves when a child that is shared has sent anything. @throws Error if it does not in time */
  async signOfLife(signal: AbortSignal): Promise<void> {
    await this.share(await this.started).signOfLife(signal);
  }

  async stop(reason: string): Promise<void> {
    this.#reason ??= reason;
    this.#clear();
    this.receiver?.close(null);
    const child = await this.started.catch(() => null);
    await child?.stop();
  }
}
