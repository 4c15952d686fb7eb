import type { RunId } from '../../../src/model/ids.js';
import { hex, pick, type Random, seeded, whole } from '../truth/texts.js';
import { type HistoryExchange, ulidAt } from './exchange.js';
import { makeProjects } from './project.js';
import { playSession } from './session.js';
import { createWriter } from './writer.js';

export interface HistoryOptions {
  /** The same seed gives the same history. */
  seed: number;
  requests: number;
  /** Days that the sessions are spread over. */
  days: number;
  /** Scale of all texts. 1: as in Claude Code, bodies from 70 to 700 KB. */
  scale: number;
  /** Earliest beginning, unix ms. */
  startsAt?: number;
}

const DAY_MS = 24 * 60 * 60_000;
const SOME_START = Date.UTC(2026, 0, 5, 8);

/** Larger than any pid, so that the runs of a history have ended. */
const DEAD_PID = 2 ** 31 - 1;

/** One of this many sessions ends with a request that was never answered. */
const OPEN_ENDS = 25;

/**
 * The exchanges of months of work with Claude Code, in the order of time: overlapping sessions, each with a growing conversation
 * of ten to three hundred requests.
 */
export function* makeHistory(options: HistoryOptions): Generator<HistoryExchange> {
  const { seed, requests, days, scale, startsAt = SOME_START } = options;
  const random = seeded(seed);
  const writer = createWriter(random);
  const projects = makeProjects(random, writer, scale);
  const lengths = sessionLengths(random, requests);
  const starts = lengths.map(() => startsAt + random() * days * DAY_MS).sort((a, b) => a - b);

  const start = (index: number): Generator<HistoryExchange> => {
    const own = seeded(whole(random, 0, 2 ** 31));
    const at = Math.round(starts[index] ?? startsAt);
    const project = pick(own, projects);
    const run = {
      id: `run_${ulidAt(at, own)}` as RunId,
      pid: DEAD_PID,
      startedAt: at - 500,
      command: 'claude',
      cwd: project.folder,
      version: '0.1.0',
    };
    const sessionId = [8, 4, 4, 4, 12].map((digits) => hex(own, digits)).join('-');
    const session = playSession({ random: own, writer, project, run, sessionId, startsAt: at, scale });
    return first(session, lengths[index] ?? 0, index % OPEN_ENDS === OPEN_ENDS - 1);
  };
  yield* inOrderOfTime(starts, start);
}

function sessionLengths(random: Random, requests: number): number[] {
  const lengths: number[] = [];
  for (let left = requests; left > 0; ) {
    const length = Math.min(left, Math.round(10 * 30 ** random()));
    lengths.push(length);
    left -= length;
  }
  return lengths;
}

function* first(session: Generator<HistoryExchange>, count: number, endsOpen: boolean): Generator<HistoryExchange> {
  for (let left = count; left > 0; left -= 1) {
    const { value, done } = session.next();
    if (done) return;
    yield left === 1 && endsOpen ? { ...value, response: null, attribution: null, rating: null } : value;
  }
}

/** Merges sessions that are each in order; each begins when its time comes. */
function* inOrderOfTime(
  starts: readonly number[],
  start: (index: number) => Generator<HistoryExchange>,
): Generator<HistoryExchange> {
  const running: { next: HistoryExchange; rest: Generator<HistoryExchange> }[] = [];
  const advance = (rest: Generator<HistoryExchange>) => {
    const { value, done } = rest.next();
    if (!done) running.push({ next: value, rest });
  };
  for (let begun = 0; begun < starts.length || running.length > 0; ) {
    running.sort((a, b) => a.next.request.timestamps.initiated - b.next.request.timestamps.initiated);
    const [earliest] = running;
    const startsAt = starts[begun] ?? Number.POSITIVE_INFINITY;
    if (earliest === undefined || startsAt <= earliest.next.request.timestamps.initiated) {
      advance(start(begun));
      begun += 1;
    } else {
      running.shift();
      yield earliest.next;
      advance(earliest.rest);
    }
  }
}
