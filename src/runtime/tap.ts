import type { MessagePort } from 'node:worker_threads';
import type { PauseEvent, PauseId } from '../model/paused-message.js';
import type { RuleFailure } from '../model/rule-failure.js';

/** Something that sees traffic and sends wire events about it to the recorder. */
export interface Tap {
  /** @throws Error when it cannot start */
  start(trace: TapContext): Promise<void>;
  /** The recorder was restarted, or is gone: asks for a new line and sends again what was not stored. */
  reconnectRecorder(): void;
  /** Lets a message pass that a rule holds. Does nothing for those of other taps. */
  resume(id: PauseId): void;
  /** Ends what is open and sends the last events. Keeps what is not stored until `end`. */
  close(): Promise<void>;
  /** Everything is stored, or given up. Called once, after `close`. */
  end(): void;
}

/** What a trace offers its taps. */
export interface TapContext {
  /** The tap's end of a new line to the recorder; null when there is no recorder any more. */
  connectRecorder(): MessagePort | null;
  /** Stores a failure that leaves no other trace, such as a connection that was never opened. */
  noteIncident(code: string, message: string, at: number): void;
  /** From `close` to `end`, repeatedly: the number of exchanges of this tap that are not stored yet. */
  onUnstored(exchanges: number): void;
  /** A rule holds a message, or holds it no longer. */
  onPause(event: PauseEvent): void;
  onRuleFailed(failure: RuleFailure): void;
  /** The rules file has changed: other rules act now. */
  onRulesTaken(): void;
  /** Something the user must know. */
  onProblem(code: string, message: string): void;
}
