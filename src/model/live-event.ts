import type { PausedMessage, PauseId } from './paused-message.js';
import type { ProgressEvent } from './progress.js';

/** What a run reports to panels while it is active. `paused`: all messages that rules hold now, oldest first. */
export type LiveEvent = ProgressEvent | { type: 'paused'; messages: readonly PausedMessage[] };

/** A panel's connection to a run. */
export interface LiveConnection {
  /** Lets a message pass that a rule holds. */
  resume(id: PauseId): void;
  end(): void;
}
