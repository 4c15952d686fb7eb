import type { RpcMessage } from '../messages/read-messages.js';
import { comparableParams, hashOfKey, subjectOf } from './comparable.js';
import { type Difference, differencesOf } from './differences.js';
import { NONE } from './hash-chains.js';
import type { Recording } from './recording.js';
import type { Cue, TapeIndex } from './tape-index.js';

/** The recorded message that is played for a message of the client. */
export interface Choice {
  cue: Cue;
  /** All equal requests of the recording have been asked: this is the last of them once more. */
  isAgain: boolean;
}

/** The recorded request of the same method that differs least, and where. */
export interface NearMiss {
  method: string;
  name: string | null;
  differences: Difference[];
}

/** Requests of one method that are compared for a near miss, and differences of each. */
const MAX_COMPARED = 500;
const MAX_DIFFERENCES = 20;
const MAX_SECRET_COMPARED = 5_000;

/** The one of equal requests that was chosen last. */
interface Used {
  /** Number of tapes that have no more of them. */
  tapes: number;
  /** Its number in the tape that is next; -1 if none has been chosen yet. */
  cue: number;
  /** The request to choose when there are no more. */
  again: Cue | null;
}

/**
 * Chooses recorded requests for those of one client. Equal requests are answered in recorded order; when there are no more, the last
 * answer is given again: a client may ask more often than the one that was recorded.
 */
export class Chooser {
  readonly #recording: Recording;
  /** The tape that is played first; the others are used for requests that it lacks. */
  readonly #tapes: readonly TapeIndex[];
  /** By key. */
  readonly #used = new Map<string, Used>();

  constructor(recording: Recording, tape: number) {
    this.#recording = recording;
    this.#tapes = [...recording.tapes.slice(tape), ...recording.tapes.slice(0, tape)];
  }

  /**
   * The recorded message to play for a message, as far as the tapes were read; null if it was not found.
   * @param message a request, or a notification
   */
  choose(message: RpcMessage): Choice | null {
    const key = hashOfKey(message);
    const next = this.#next(key);
    if (next !== null || !this.#recording.isWhole) return next;
    const again = this.#again(key);
    if (again !== null) return again;
    const secret = this.#withSecret(message);
    return secret && (this.#next(secret) ?? this.#again(secret));
  }

  /** The recorded request that is nearest to a request; null if none of its method was recorded. */
  nearest(message: RpcMessage): NearMiss | null {
    const asked = comparableParams(message);
    const name = subjectOf(message.body);
    const method = message.method ?? '';
    return (name === null ? null : this.#nearestOf(asked, { method, name })) ?? this.#nearestOf(asked, { method });
  }

  #nearestOf(asked: unknown, wanted: { method: string; name?: string }): NearMiss | null {
    let nearest: NearMiss | null = null;
    let compared = 0;
    for (const recorded of this.#requests(wanted)) {
      if (compared++ >= MAX_COMPARED) break;
      const name = subjectOf(recorded.body);
      if (recorded.method !== wanted.method || (wanted.name !== undefined && name !== wanted.name)) continue;
      const differences = differencesOf(comparableParams(recorded), asked, { limit: MAX_DIFFERENCES, anySecret: true });
      if (nearest !== null && differences.length >= nearest.differences.length) continue;
      nearest = { method: recorded.method, name, differences };
    }
    return nearest;
  }

  *#requests(wanted: Parameters<TapeIndex['requests']>[0]): Generator<RpcMessage> {
    for (const tape of this.#tapes) for (const cue of tape.requests(wanted)) yield tape.message(cue);
  }

  /** Null if more must be read, or all were chosen. */
  #next(key: Buffer): Choice | null {
    const used = this.#usedOf(key);
    for (const tape of this.#tapes.slice(used.tapes)) {
      const number = used.cue === NONE ? tape.first(key) : tape.nextEqual(used.cue);
      if (number !== NONE) {
        used.cue = number;
        this.#used.set(key.toString('latin1'), used);
        return { cue: { tape, number }, isAgain: false };
      }
      if (!tape.isWhole) return null;
      used.tapes += 1;
      used.cue = NONE;
    }
    return null;
  }

  /** The last one that has an answer, if possible of the client's own tape. Null if none was recorded. */
  #again(key: Buffer): Choice | null {
    const used = this.#usedOf(key);
    if (used.again === null) {
      const equal = this.#tapes.map((tape) => lastOf(tape, key)).filter((found) => found !== null);
      const answered = equal.filter((found) => found.isAnswered);
      const [own] = answered.filter(({ cue }) => cue.tape === this.#tapes[0]);
      used.again = (own ?? answered.at(-1) ?? equal.at(-1))?.cue ?? null;
    }
    return used.again && { cue: used.again, isAgain: true };
  }

  #usedOf(key: Buffer): Used {
    return this.#used.get(key.toString('latin1')) ?? { tapes: 0, cue: NONE, again: null };
  }

  /** The key of a recorded request that is equal but for its secrets, which match any text. */
  #withSecret(message: RpcMessage): Buffer | null {
    const asked = comparableParams(message);
    let compared = 0;
    for (const recorded of this.#requests({ method: message.method ?? '', isRedacted: true })) {
      if (compared++ >= MAX_SECRET_COMPARED) break;
      const [first] = differencesOf(comparableParams(recorded), asked, { limit: 1, anySecret: true });
      if (first === undefined && recorded.method === message.method) return hashOfKey(recorded);
    }
    return null;
  }
}

/** The last of equal messages in a tape, if possible one that was answered. */
function lastOf(tape: TapeIndex, key: Buffer): { cue: Cue; isAnswered: boolean } | null {
  let last: { cue: Cue; isAnswered: boolean } | null = null;
  for (let number = tape.first(key); number !== NONE; number = tape.nextEqual(number)) {
    const isAnswered = tape.isAnswered(number);
    if (last === null || isAnswered || !last.isAnswered) last = { cue: { tape, number }, isAnswered };
  }
  return last;
}
