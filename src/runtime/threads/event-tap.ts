import type { PauseId } from '../../model/paused-message.js';
import type { WireEvent } from '../../wire/index.js';
import type { Tap, TapContext } from '../tap.js';
import { EventSender } from './event-sender.js';

/** How often the trace gets the number of events left to store. */
const UNSTORED_MS = 200;

/** A tap of a program that reports its own traffic, such as the gateway. */
export class EventTap implements Tap {
  readonly #sender = new EventSender(() => {});
  #trace: TapContext | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** Takes an event. Never throws, never waits. */
  emit = (event: WireEvent): void => this.#sender.send(event);

  async start(trace: TapContext): Promise<void> {
    this.#trace = trace;
    this.reconnectRecorder();
  }

  reconnectRecorder(): void {
    this.#sender.attach(this.#trace?.connectRecorder() ?? null);
  }

  resume(_id: PauseId): void {}

  async close(): Promise<void> {
    this.#sender.end();
    this.#timer = setInterval(() => this.#trace?.onUnstored(this.#sender.unstored), UNSTORED_MS).unref();
  }

  end(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#sender.attach(null);
  }
}
