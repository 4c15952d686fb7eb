import { asBuffer } from '../../../base/as-buffer.js';
import { MAX_MESSAGE_BYTES } from '../../messages/read-messages.js';
import type { RuledConnection } from '../ruled-connection.js';
import { decideBody, type Guarded } from './decide-body.js';
import { EventSplitter, messageEvent, type SplitEvent, withData, withoutData } from './event-splitter.js';

export interface RuledEventsOptions {
  /** The connection that decides on the next event; null if it passes as it is. */
  connection(): RuledConnection | null;
  /** Called when the first event of a stream of 2024-11-05 was passed on. */
  onEndpoint(data: Buffer): void;
  write(bytes: Buffer, bytesPerSecond: number | null): void;
  /** A rule ends the connection. */
  close(): void;
  guarded: Guarded;
}

/** The events of a server on their way to the client: the message of each is decided on by itself. */
export class RuledEvents {
  readonly #options: RuledEventsOptions;
  readonly #splitter = new EventSplitter((event) => this.#decide(event), MAX_MESSAGE_BYTES);
  /** Bytes of events that pass together; null if each is written at once. */
  #together: Buffer[] | null = null;
  /** Events that arrived while the parts of a large one were passed on. */
  #deferred: Buffer[] = [];

  constructor(options: RuledEventsOptions) {
    this.#options = options;
  }

  /** @param isEnd whether nothing follows */
  push(pieces: readonly Uint8Array[], isEnd: boolean): void {
    this.#together = [];
    for (const bytes of pieces) this.#splitter.push(asBuffer(bytes));
    if (isEnd) this.end();
    this.#flush();
    this.#together = null;
  }

  /** The stream has ended, perhaps in the middle of an event. */
  end(): void {
    this.#splitter.end();
  }

  /** Adds an event to those of the server. */
  inject(message: Buffer): void {
    this.#write(messageEvent(message), null);
  }

  #decide(event: SplitEvent): void {
    const { onEndpoint, connection: current, guarded, close } = this.#options;
    const { data } = event;
    const connection = current();
    if (event.event === 'endpoint' && data !== null) {
      this.#write(event.raw, null);
      onEndpoint(data);
      return;
    }
    if (event.event !== 'message' || data === null || data.length === 0 || connection === null) {
      this.#write(event.raw, null, event.event === null);
      return;
    }
    decideBody(
      { connection, sender: 'server', bytes: data, onSeen() {}, guarded },
      {
        pass: (changed, bytesPerSecond) =>
          this.#write(changed === null ? event.raw : withData(event, changed), bytesPerSecond),
        answer: () => this.#write(withoutData(event), null),
        drop: () => this.#write(withoutData(event), null),
        close,
      },
    );
  }

  /** @param isPart whether it belongs to an event that is passed on in parts */
  #write(bytes: Buffer, bytesPerSecond: number | null, isPart = false): void {
    if (bytes.length === 0) return;
    if (this.#splitter.isInParts && !isPart) {
      this.#deferred.push(bytes);
      return;
    }
    const all = isPart ? [bytes, ...this.#takeDeferred()] : [bytes];
    if (this.#together !== null && bytesPerSecond === null) {
      this.#together.push(...all);
      return;
    }
    this.#flush();
    this.#options.write(Buffer.concat(all), bytesPerSecond);
  }

  /** Called once the large event has ended. */
  #takeDeferred(): Buffer[] {
    return this.#splitter.isInParts ? [] : this.#deferred.splice(0);
  }

  #flush(): void {
    const together = this.#together?.splice(0) ?? [];
    const [only = NO_BYTES, ...others] = together;
    if (together.length > 0) this.#options.write(others.length === 0 ? only : Buffer.concat(together), null);
  }
}

const NO_BYTES = Buffer.alloc(0);
