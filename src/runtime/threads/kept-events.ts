import type { MessagePort } from 'node:worker_threads';
import type { FromRecorderPort } from './messages.js';

/** The taps that keep the events of exchanges and MCP records until these are stored. */
export class KeptEvents {
  readonly #taps = new Map<string, MessagePort>();

  keep(exchange: string, tap: MessagePort): void {
    this.#taps.set(exchange, tap);
  }

  has(exchange: string): boolean {
    return this.#taps.has(exchange);
  }

  /** Reports to each tap which of its exchanges are stored, or given up. */
  release(exchanges: readonly string[]): void {
    const byTap = new Map<MessagePort, string[]>();
    for (const exchange of exchanges) {
      const tap = this.#taps.get(exchange);
      this.#taps.delete(exchange);
      if (tap) byTap.set(tap, [...(byTap.get(tap) ?? []), exchange]);
    }
    for (const [tap, stored] of byTap) acknowledge(tap, stored);
  }
}

export function acknowledge(tap: MessagePort, exchanges: readonly string[]): void {
  tap.postMessage({ type: 'ack', exchanges } satisfies FromRecorderPort);
}
