import { RecentMap } from '../../base/recent-map.js';
import { type Calibration, createCalibrations } from './calibration.js';
import { hashText } from './estimate-tokens.js';
import { NOTHING_KNOWN, type ThreadTokens } from './solver.js';
import { expected, knownTogether, membersOf, type TokenGroup } from './token-group.js';
import type { WeighedPiece } from './weigh.js';

/** What bills have taught beyond the thread they came in. */
export interface LearnedTokens {
  calibration(model: string | null): Calibration;
  /** A count of the pieces of a request. */
  count(sessionId: string | null, model: string | null, pieces: readonly WeighedPiece[], tokens: number): void;
  counts(sessionId: string | null, model: string | null): readonly TokenGroup[];
  /** Of other threads' tokens those that tell most about a request that starts a thread; nothing, when none tells enough. */
  nearest(threads: readonly ThreadTokens[], model: string | null, pieces: readonly WeighedPiece[]): ThreadTokens;
}

const MAX_SESSIONS = 20;
/** `/context` counts each tool and memory file. */
const MAX_COUNTS = 200;
const MOST_COUNTED = 100;
/** A count that is further from what is expected counts something else. */
const MOST_OFF = 2.5;
/** Threads asked for what they know of a new one's beginning. */
const NEAREST_OF = 8;
/** A thread that shares less than this of a request tells little about it. */
const LEAST_SHARED = 0.3;

export function createLearnedTokens(): LearnedTokens {
  const calibrationOf = createCalibrations();
  const counted = new RecentMap<string, RecentMap<string, TokenGroup>>(MAX_SESSIONS);
  const countsOf = (sessionId: string | null, model: string | null) =>
    counted.take(`${sessionId ?? ''} ${model ?? ''}`, () => new RecentMap(MAX_COUNTS));

  return {
    calibration: calibrationOf,

    count(sessionId, model, pieces, tokens) {
      const calibration = calibrationOf(model);
      const members = membersOf(pieces).filter((member) => member !== null);
      const size = expected(members, calibration);
      // Some gateways answer with a guess of theirs.
      if (members.length === 0 || tokens < size / MOST_OFF - 1 || tokens > size * MOST_OFF + 1000) return;
      const id = hashText(members.map(({ key }) => key).join(' '));
      const counts = countsOf(sessionId, model);
      if (counts.get(id)?.total === tokens) return;
      calibration.observe(members, tokens);
      // A whole conversation that was counted pins no more than its bill does, and is large.
      if (members.length > MOST_COUNTED) return;
      counts.set(id, { members, total: tokens, slack: 0, known: knownTogether(members.length, tokens, 0) });
    },

    counts: (sessionId, model) => countsOf(sessionId, model).values(),

    nearest(threads, model, pieces) {
      const calibration = calibrationOf(model);
      const members = membersOf(pieces).filter((member) => member !== null);
      const present = new Set(members.map(({ key }) => key));
      let [best, most] = [NOTHING_KNOWN, LEAST_SHARED * expected(members, calibration)];
      for (const thread of threads.slice(0, NEAREST_OF)) {
        const known = thread.groups.flatMap((group) => group.members.filter(({ key }) => present.has(key)));
        const shared = expected(known, calibration);
        if (shared > most) [best, most] = [{ ...thread, answer: null }, shared];
      }
      return best;
    },
  };
}
