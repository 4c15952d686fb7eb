import type { PausedMessage, PauseId } from './paused-message.js';
import type { ProgressEvent } from './progress.js';
import type { RuleFailure } from './rule-failure.js';

/** Reports of an active run to other processes. */
export type LiveEvent =
  /** Sent only to processes that asked for it. */
  | ProgressEvent
  /** All messages that rules hold now, oldest first. */
  | { type: 'paused'; messages: readonly PausedMessage[] }
  /** Sent once, before the first `paused`. */
  | { type: 'rule_failures'; failures: readonly RuleFailure[] };

/** A panel's connection to a run. */
export interface LiveConnection {
  /** Lets a message pass that a rule holds. */
  resume(id: PauseId): void;
  end(): void;
}
