import { isRecord, parseRecord } from '../../base/json.js';
import type { RpcMessage } from '../messages/read-messages.js';
import { comparableParams, keyOf } from './comparable.js';
import { type Difference, differencesOf } from './differences.js';
import { type Cue, isAnswered, type Recording } from './recording.js';

/** What is played for a message of the client. */
export interface Choice {
  cue: Cue;
  /** All equal requests of the recording have been asked: this is the last of them once more. */
  isAgain: boolean;
}

/** Why nothing is played for a request. */
export interface Miss {
  /** The recorded request of the same method that differs least, and where; null where the method was not recorded. */
  nearest: { cue: Cue; differences: Difference[] } | null;
}

/** Requests of one method that are compared for a near miss, and differences of each. */
const MAX_COMPARED = 500;
const MAX_DIFFERENCES = 20;
const MAX_SECRET_COMPARED = 5_000;

/**
 * Chooses recorded requests for those of one client. Equal requests are answered in recorded order; when there are no more, the last
 * answer is given again: a client may ask more often than the one that was recorded.
 */
export class Chooser {
  readonly #recording: Recording;
  readonly #tape: number;
  readonly #cues: IndexedCues;
  /** By key: how many were chosen. */
  readonly #used = new Map<string, number>();

  /** @param tape the one that is played first; the others have what it lacks */
  constructor(recording: Recording, tape: number) {
    this.#recording = recording;
    this.#tape = tape;
    this.#cues = cuesFor(recording, tape);
  }

  choose(message: RpcMessage): Choice | null {
    const key = keyOf(message);
    const cues = this.#cues.byKey.get(key);
    if (cues !== undefined) return this.#next(key, cues);
    const secret = this.#withSecret(message);
    return secret && this.#next(secret.key, this.#cues.byKey.get(secret.key) ?? [secret]);
  }

  miss(message: RpcMessage): Miss {
    const asked = comparableParams(message);
    const name = nameIn(asked);
    const all = this.#cues.byMethod.get(message.method ?? '') ?? [];
    const named = all.filter((cue) => cue.name === name);
    let nearest: Miss['nearest'] = null;
    for (const cue of (named.length > 0 ? named : all).slice(0, MAX_COMPARED)) {
      const differences = differencesOf(this.#paramsOf(cue), asked, { limit: MAX_DIFFERENCES, anySecret: true });
      if (nearest === null || differences.length < nearest.differences.length) nearest = { cue, differences };
    }
    return { nearest };
  }

  #next(key: string, cues: readonly Cue[]): Choice | null {
    const used = this.#used.get(key) ?? 0;
    const next = cues[used];
    if (next !== undefined) {
      this.#used.set(key, used + 1);
      return { cue: next, isAgain: false };
    }
    const isOwn = ({ tape }: Cue) => tape === this.#tape;
    const last = cues.findLast((cue) => isOwn(cue) && isAnswered(cue)) ?? cues.findLast(isAnswered) ?? cues.at(-1);
    return last === undefined ? null : { cue: last, isAgain: true };
  }

  /** A recorded request that had a secret where this one has any text. */
  #withSecret(message: RpcMessage): Cue | null {
    const candidates = (this.#cues.byMethod.get(message.method ?? '') ?? []).filter(({ redacted }) => redacted);
    if (candidates.length === 0) return null;
    const asked = comparableParams(message);
    const fits = (cue: Cue) => differencesOf(this.#paramsOf(cue), asked, { limit: 1, anySecret: true }).length === 0;
    return candidates.slice(0, MAX_SECRET_COMPARED).find(fits) ?? null;
  }

  #paramsOf({ method, bytes }: Cue): unknown {
    return comparableParams({ method, body: parseRecord(this.#recording.read(bytes).toString()) ?? {} });
  }
}

interface IndexedCues {
  byKey: ReadonlyMap<string, readonly Cue[]>;
  byMethod: ReadonlyMap<string, readonly Cue[]>;
}

/** By tape. Connections share them: for a large recording, they take a second and 50 MB. */
const INDEXED = new WeakMap<Recording, Map<number, IndexedCues>>();

function cuesFor(recording: Recording, tape: number): IndexedCues {
  const ofRecording = INDEXED.get(recording) ?? new Map<number, IndexedCues>();
  INDEXED.set(recording, ofRecording);
  const cues = ofRecording.get(tape) ?? indexCues(recording, tape);
  ofRecording.set(tape, cues);
  return cues;
}

/** First those of the tape that is played, then those of the tapes after it. */
function indexCues({ heads: { length }, cues }: Recording, tape: number): IndexedCues {
  const byKey = new Map<string, Cue[]>();
  const byMethod = new Map<string, Cue[]>();
  const rank = (cue: Cue) => (cue.tape - tape + length) % length;
  for (const cue of [...cues].sort((one, other) => rank(one) - rank(other))) {
    addTo(byKey, cue.key, cue);
    addTo(byMethod, cue.method, cue);
  }
  return { byKey, byMethod };
}

function addTo(map: Map<string, Cue[]>, key: string, cue: Cue): void {
  const cues = map.get(key);
  if (cues === undefined) map.set(key, [cue]);
  else cues.push(cue);
}

function nameIn(params: unknown): unknown {
  return isRecord(params) ? (params.name ?? params.uri ?? null) : null;
}
