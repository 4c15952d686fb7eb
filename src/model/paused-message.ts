/** A message that a rule holds until a person lets it pass, or its time is over. */
export interface PausedMessage {
  id: PauseId;
  /** Id of the rule. */
  rule: string;
  server: string;
  /** Method of its request, also for an answer; null where that is not known. */
  method: string | null;
  /** Name of the tool or prompt, or the URI of the resource. */
  name: string | null;
  /** Unix ms. */
  since: number;
  /** After this time it passes by itself. */
  limitMs: number;
  /** Texts of the alerts about it. They are stored with the message, once it goes on its way. */
  alerts: readonly string[];
}

export type PauseId = `pause_${string}`;

/** A change of the paused messages, reported while a command runs. */
export type PauseEvent = { type: 'paused'; message: PausedMessage } | { type: 'released'; id: PauseId };
