import type { PausedMessage, PauseId } from '../../../model/paused-message.js';

/** The messages that rules hold, as reported by the process that carries them. */
export interface HeldMessages {
  /** Oldest first. */
  all(): readonly PausedMessage[];
  take(messages: readonly PausedMessage[]): void;
  /** Sets the function that lets a message pass. */
  connect(resume: (id: PauseId) => void): void;
  resume(id: PauseId): void;
  /** @returns ends the subscription */
  onChange(listener: () => void): () => void;
}

export function createHeldMessages(): HeldMessages {
  const listeners = new Set<() => void>();
  let held: readonly PausedMessage[] = [];
  let release: (id: PauseId) => void = () => {};
  return {
    all: () => held,
    take(messages) {
      held = messages;
      for (const listener of listeners) listener();
    },
    connect(resume) {
      release = resume;
    },
    resume: (id) => release(id),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
