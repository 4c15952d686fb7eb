import { describeError } from '../base/error-text.js';
import type { Closed, ObservedConnection, OpenTap, Tap } from '../wire/tap.js';

/** Opens a tap that cannot throw: what it throws, now or later, goes to `onFailure` once, and the tap is dropped. */
export function openGuardedTap(
  openTap: OpenTap,
  connection: ObservedConnection,
  onFailure: (message: string) => void,
): Tap | null {
  try {
    const tap = openTap(connection);
    return tap && new GuardedTap(tap, onFailure);
  } catch (error) {
    onFailure(describe(error));
    return null;
  }
}

class GuardedTap implements Tap {
  #tap: Tap | null;
  readonly #onFailure: (message: string) => void;

  constructor(tap: Tap, onFailure: (message: string) => void) {
    this.#tap = tap;
    this.#onFailure = onFailure;
  }

  clientBytes(chunk: Uint8Array, at: number): void {
    try {
      this.#tap?.clientBytes(chunk, at);
    } catch (error) {
      this.#drop(error);
    }
  }

  upstreamBytes(chunk: Uint8Array, at: number): void {
    try {
      this.#tap?.upstreamBytes(chunk, at);
    } catch (error) {
      this.#drop(error);
    }
  }

  forwarded(total: number, at: number): void {
    try {
      this.#tap?.forwarded(total, at);
    } catch (error) {
      this.#drop(error);
    }
  }

  delivered(total: number, at: number): void {
    try {
      this.#tap?.delivered(total, at);
    } catch (error) {
      this.#drop(error);
    }
  }

  clientEnded(at: number): void {
    try {
      this.#tap?.clientEnded(at);
    } catch (error) {
      this.#drop(error);
    }
  }

  upstreamEnded(at: number): void {
    try {
      this.#tap?.upstreamEnded(at);
    } catch (error) {
      this.#drop(error);
    }
  }

  closed(closed: Closed, at: number): void {
    try {
      this.#tap?.closed(closed, at);
    } catch (error) {
      this.#drop(error);
    }
  }

  #drop(error: unknown): void {
    this.#tap = null;
    this.#onFailure(describe(error));
  }
}

function describe(error: unknown): string {
  return describeError(error);
}
