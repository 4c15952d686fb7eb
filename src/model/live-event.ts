import type { PausedMessage, PauseId } from './paused-message.js';
import type { ProgressEvent } from './progress.js';
import type { RuleFailure } from './rule-failure.js';

/** What a run reports to other processes while it is active. */
export type LiveEvent =
  /** Only to those that asked for it. */
  | ProgressEvent
  /** All messages that rules hold now, oldest first. */
  | { type: 'paused'; messages: readonly PausedMessage[] }
  /** Once, before the first `paused`. */
  | { type: 'rule_failures'; failures: readonly RuleFailure[] };

/** A panel's connection to a run. */
export interface LiveConnection {
  /** Lets a message pass that a rule holds. */
  resume(id: PauseId): void;
  end(): void;
}
