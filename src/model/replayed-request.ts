/** How a request differs from the recorded one whose answer it gets. */
export type RequestDifference =
  | { in: 'model'; recorded: string | null; given: string | null }
  | { in: 'max_tokens'; recorded: number | null; given: number | null }
  | { in: 'tools'; added: string[]; removed: string[] }
  | { in: 'definitions' }
  /** Turns count from 1. `tools` are those whose results are in the turn. */
  | { in: 'turn'; turn: number; role: 'user' | 'assistant'; tools: readonly string[] };

/** A request that a recorded session answered, or could not. */
export interface ReplayedRequest {
  endpoint: 'messages' | 'count_tokens';
  /** equal: the recorded request is the same; similar: it differs; none: no request was found. */
  match: 'equal' | 'similar' | 'none';
  /** The id of the recorded request whose answer was sent; null if no request was found. */
  recorded: string | null;
  /** Those that no earlier request of the client's session had. */
  differences: RequestDifference[];
  /** Why no request was found; null where one was. */
  problem: string | null;
}
