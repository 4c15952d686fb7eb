import { RecentMap } from '../../base/recent-map.js';
import type { Measurements } from '../../model/measurement.js';
import { type Calibration, createCalibrations } from './calibration.js';
import { hashText } from './estimate-tokens.js';
import { NOTHING_KNOWN, type ThreadTokens } from './solver.js';
import { expected, membersOf, type TokenGroup, together } from './token-group.js';
import type { WeighedPiece } from './weigh.js';

/** Knowledge from bills beyond their own thread. */
export interface LearnedTokens {
  calibration(model: string | null): Calibration;
  /** Learns from a count of the pieces of a request. */
  count(sessionId: string | null, model: string | null, pieces: readonly WeighedPiece[], tokens: number): void;
  counts(sessionId: string | null, model: string | null): readonly TokenGroup[];
  /** The tokens of the thread that shares most with a request that starts a thread; nothing when none shares enough. */
  nearest(threads: readonly ThreadTokens[], model: string | null, pieces: readonly WeighedPiece[]): ThreadTokens;
}

const MAX_SESSIONS = 20;
/** Counts for a session; `/context` counts each tool and memory file. */
const MAX_COUNTS = 200;
const MAX_COUNTED = 100;
/** A count that differs from the expected tokens by a greater factor counted something else. */
const MAX_RATIO = 2.5;
/** Number of threads that `nearest` looks at. */
const MAX_NEAREST = 8;
/** A thread that shares a smaller part of a request is not used. */
const MIN_SHARED = 0.3;

/** @param measurementsOf the measurements of a model */
export function createLearnedTokens(measurementsOf?: (model: string) => Measurements): LearnedTokens {
  const calibrationOf = createCalibrations(measurementsOf);
  const counted = new RecentMap<string, RecentMap<string, TokenGroup>>(MAX_SESSIONS);
  const countsOf = (sessionId: string | null, model: string | null) =>
    counted.take(`${sessionId ?? ''} ${model ?? ''}`, () => new RecentMap(MAX_COUNTS));

  return {
    calibration: calibrationOf,

    count(sessionId, model, pieces, tokens) {
      const members = membersOf(pieces).filter((member) => member !== null);
      const calibration = calibrationOf(model).withoutMeasurements();
      const size = expected(members, calibration);
      // Some gateways answer with an estimate of their own.
      if (members.length === 0 || tokens < size / MAX_RATIO - 1 || tokens > size * MAX_RATIO + 1000) return;
      const id = hashText(members.map(({ key }) => key).join(' '));
      const counts = countsOf(sessionId, model);
      if (counts.get(id)?.total === tokens) return;
      calibration.observe(members, tokens);
      // A count of a whole conversation is large, and says no more than its bill.
      if (members.length > MAX_COUNTED) return;
      counts.set(id, together(members, tokens));
    },

    counts: (sessionId, model) => countsOf(sessionId, model).values(),

    nearest(threads, model, pieces) {
      const calibration = calibrationOf(model).withoutMeasurements();
      const members = membersOf(pieces).filter((member) => member !== null);
      const present = new Set(members.map(({ key }) => key));
      let [best, most] = [NOTHING_KNOWN, MIN_SHARED * expected(members, calibration)];
      for (const thread of threads.slice(0, MAX_NEAREST)) {
        const known = thread.groups.flatMap((group) => group.members.filter(({ key }) => present.has(key)));
        const shared = expected(known, calibration);
        if (shared > most) [best, most] = [withoutAnswer(thread), shared];
      }
      return best;
    },
  };
}

function withoutAnswer({ unmeasured, ...thread }: ThreadTokens): ThreadTokens {
  return { ...thread, answer: null, unmeasured: unmeasured && withoutAnswer(unmeasured) };
}
