/** Why a request has no answer. */
export type Failure =
  /** The server cannot have got it: it was not reached, or was not started. */
  | 'unreached'
  /** The connection broke, or the server ended, after some of it was sent. */
  | 'broken';

/** Requests that only read. `initialize` leaves a session that nobody uses, which servers remove. */
const REPEATABLE: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'server/discover',
  'tools/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'prompts/list',
  'prompts/get',
  'completion/complete',
  'tasks/get',
  'tasks/list',
  'tasks/result',
]);

/**
 * Whether messages may be sent once more. Messages that may have reached a server are repeated only if all of them read: never calls of
 * tools.
 * @param methods of the messages, null for answers of the client
 */
export function mayRepeat(methods: readonly (string | null)[], failure: Failure): boolean {
  if (failure === 'unreached') return true;
  return methods.every((method) => method !== null && REPEATABLE.has(method));
}

/** Repetitions that each request pays for. */
const SHARE = 0.2;

/** Keeps repeated requests a small share of all: if everything fails, they would double the load. */
export class RetryBudget {
  readonly #max: number;
  #left: number;

  /** @param max number of repetitions when no other request comes */
  constructor(max = 10) {
    this.#max = max;
    this.#left = max;
  }

  /** Called for each request of a client. */
  earn(): void {
    this.#left = Math.min(this.#max, this.#left + SHARE);
  }

  /** @returns false if the budget is spent */
  spend(): boolean {
    // Ten times a fifth is a little less than two.
    if (this.#left < 1 - 1e-9) return false;
    this.#left -= 1;
    return true;
  }
}
