import { interval, pick } from '../bootstrap.js';
import type { Measurement } from '../measurement.js';
import { difference, median, percentile, quotient } from '../numbers.js';
import { countedRounds, errorsOf, type Results } from '../rounds.js';
import { direct } from '../targets/direct.js';
import { peer } from '../targets/peer.js';
import { PACED, THOUSAND } from '../workloads.js';

/** The peer whose figures the targets are multiples of. */
const MITMPROXY = peer('mitmproxy').name;

/** A percentile over all rounds, milliseconds. */
export interface Figure {
  ms: number | null;
  /** The difference to the direct connection. */
  addedMs: number | null;
  /** `addedMs` as a multiple of mitmproxy's. */
  ofMitmproxy: number | null;
  /** The interval in which nine of ten runs on this machine would find `ofMitmproxy`. */
  range: [low: number, high: number] | null;
}

export interface PacedRow {
  contestant: string;
  turns: number;
  events: number;
  errors: number;
  errorSamples: string[];
  firstByteP50: Figure;
  firstByteP95: Figure;
  eventP50: Figure;
  eventP99: Figure;
}

export interface ThousandRow {
  contestant: string;
  requests: number;
  errors: number;
  errorSamples: string[];
  /** Medians of rounds. */
  p50Ms: number | null;
  p99Ms: number | null;
  /** A multiple of the direct connection's in the same round. */
  p99Ratio: number | null;
}

type Rounds = readonly Measurement[];
type Take = (rounds: Rounds) => number | null;

const firstBytes = (rounds: Rounds) => rounds.flatMap(({ paced }) => paced?.firstByteMs ?? []);
const events = (rounds: Rounds) => rounds.flatMap(({ paced }) => paced?.eventMs ?? []);

export function pacedRows(results: Results): PacedRow[] {
  const bare = countedRounds(results, direct.name, PACED.name);
  const measure = countedRounds(results, MITMPROXY, PACED.name);
  return [...results.keys()].map((contestant) => {
    const own = countedRounds(results, contestant, PACED.name);
    const isDirect = contestant === direct.name;
    const figure = (take: Take) => (isDirect ? bareFigure(own, take) : figureOf(own, bare, measure, take));
    return {
      contestant,
      turns: firstBytes(own).length,
      events: events(own).length,
      ...errorsOf(results, contestant, PACED.name),
      firstByteP50: figure((rounds) => percentile(firstBytes(rounds), 0.5)),
      firstByteP95: figure((rounds) => percentile(firstBytes(rounds), 0.95)),
      eventP50: figure((rounds) => percentile(events(rounds), 0.5)),
      eventP99: figure((rounds) => percentile(events(rounds), 0.99)),
    };
  });
}

function figureOf(own: Rounds, bare: Rounds, measure: Rounds, take: Take): Figure {
  const added = (rounds: Rounds, others: Rounds) => difference(take(rounds), take(others));
  const ratio = (a: Rounds, b: Rounds, c: Rounds) => quotient(added(a, b), added(c, b));
  return {
    ms: take(own),
    addedMs: added(own, bare),
    ofMitmproxy: ratio(own, bare, measure),
    range: interval(own.length, (drawn) => ratio(pick(own, drawn), pick(bare, drawn), pick(measure, drawn))),
  };
}

function bareFigure(own: Rounds, take: Take): Figure {
  return { ms: take(own), addedMs: null, ofMitmproxy: null, range: null };
}

export function thousandRows(results: Results): ThousandRow[] {
  const bare = countedRounds(results, direct.name, THOUSAND.name);
  return [...results.keys()].map((contestant) => {
    const own = countedRounds(results, contestant, THOUSAND.name);
    return {
      contestant,
      requests: own.reduce((sum, { requests }) => sum + requests, 0),
      ...errorsOf(results, contestant, THOUSAND.name),
      p50Ms: median(own.map(({ p50Ms }) => p50Ms)),
      p99Ms: median(own.map(({ p99Ms }) => p99Ms)),
      p99Ratio: median(own.map(({ p99Ms }, round) => quotient(p99Ms, bare[round]?.p99Ms))),
    };
  });
}
