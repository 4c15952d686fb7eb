import type { PausedMessage, PauseEvent, PauseId } from '../model/paused-message.js';

/** The messages that rules hold, for everything that shows them. */
export interface PauseBoard {
  take(event: PauseEvent): void;
  /** Oldest first. */
  paused(): readonly PausedMessage[];
  /** @returns ends the subscription */
  subscribe(listener: () => void): () => void;
}

export function createPauseBoard(): PauseBoard {
  const held = new Map<PauseId, PausedMessage>();
  const listeners = new Set<() => void>();
  return {
    take(event) {
      if (event.type === 'paused') held.set(event.message.id, event.message);
      else if (!held.delete(event.id)) return;
      for (const listener of listeners) listener();
    },
    paused: () => [...held.values()].sort((a, b) => a.since - b.since),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
