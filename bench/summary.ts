import { interval, pick } from './bootstrap.js';
import type { Measurement } from './measurement.js';
import { median, quotient } from './numbers.js';
import { countedRounds, errorsOf, type Results } from './rounds.js';
import { BLIND_TUNNEL, DIRECT } from './targets/index.js';
import { EVENTS_PER_STREAM, WORKLOADS, type Workload } from './workloads.js';

/**
 * One contestant at one workload: medians over the rounds. What is compared is compared within a round first, since rounds differ
 * more than contestants on a busy machine. Null where there is nothing to compare.
 */
export interface Row {
  contestant: string;
  workload: string;
  requests: number;
  errors: number;
  errorSamples: string[];
  p50Ms: number | null;
  p99Ms: number | null;
  requestsPerSecond: number | null;
  /** Multiples of the direct connection's. */
  p50Ratio: number | null;
  p99Ratio: number | null;
  throughputRatio: number | null;
  /** Beyond the direct connection's. */
  addedP50Ms: number | null;
  addedP99Ms: number | null;
  addedPerEventUs: number | null;
  /** Multiples of the blind tunnel's. */
  addedP50OfTunnel: number | null;
  /** Nine of ten runs on this machine would put it between these. */
  addedP50OfTunnelRange: [low: number, high: number] | null;
  throughputOfTunnel: number | null;
}

type Rounds = readonly Measurement[];
type Figure = (measurement: Measurement) => number | null;
type Compare = (own: number, other: number) => number;

const p50: Figure = ({ p50Ms }) => p50Ms;
const p99: Figure = ({ p99Ms }) => p99Ms;
const throughput: Figure = ({ requests, seconds }) => requests / seconds;
const ratio: Compare = (own, other) => own / other;
const difference: Compare = (own, other) => own - other;

export function summarize(results: Results): Row[] {
  return WORKLOADS.flatMap((workload) => [...results.keys()].map((contestant) => rowOf(results, contestant, workload)));
}

function rowOf(results: Results, contestant: string, workload: Workload): Row {
  const roundsOf = (name: string) => countedRounds(results, name, workload.name);
  const own = roundsOf(contestant);
  const direct = roundsOf(DIRECT);
  const tunnel = roundsOf(BLIND_TUNNEL);
  const isDirect = contestant === DIRECT;
  const addedP50Ms = isDirect ? null : paired(own, direct, p50, difference);
  return {
    contestant,
    workload: workload.name,
    requests: own.reduce((total, { requests }) => total + requests, 0),
    ...errorsOf(results, contestant, workload.name),
    p50Ms: median(own.map(p50)),
    p99Ms: median(own.map(p99)),
    requestsPerSecond: median(own.map(throughput)),
    p50Ratio: paired(own, direct, p50, ratio),
    p99Ratio: paired(own, direct, p99, ratio),
    throughputRatio: paired(own, direct, throughput, ratio),
    addedP50Ms,
    addedP99Ms: isDirect ? null : paired(own, direct, p99, difference),
    addedPerEventUs: workload.reply === 'sse' && addedP50Ms !== null ? (addedP50Ms / EVENTS_PER_STREAM) * 1000 : null,
    addedP50OfTunnel: isDirect ? null : addedOfTunnel(own, direct, tunnel),
    addedP50OfTunnelRange: isDirect
      ? null
      : interval(own.length, (drawn) => addedOfTunnel(pick(own, drawn), pick(direct, drawn), pick(tunnel, drawn))),
    throughputOfTunnel: isDirect ? null : paired(own, tunnel, throughput, ratio),
  };
}

/** Least and greatest p50 of the direct connection by workload, milliseconds. */
export function spreadOf(results: Results): Record<string, [least: number, greatest: number]> {
  const direct = [...(results.get(DIRECT) ?? [])];
  return Object.fromEntries(
    direct.map(([workload, [, ...rounds]]) => {
      const values = rounds.map(p50).filter((value) => value !== null);
      return [workload, [Math.min(...values), Math.max(...values)]];
    }),
  );
}

/** The median over the rounds that both took part in. */
function paired(own: Rounds, others: Rounds, figure: Figure, compare: Compare) {
  return median(
    own.map((measurement, round) => {
      const other = others[round];
      const [left, right] = [figure(measurement), other ? figure(other) : null];
      return left === null || right === null ? null : compare(left, right);
    }),
  );
}

/** What is added to p50, as a multiple of what the tunnel adds. A tunnel that added nothing, in noise, is no measure. */
function addedOfTunnel(own: Rounds, direct: Rounds, tunnel: Rounds): number | null {
  return quotient(paired(own, direct, p50, difference), paired(tunnel, direct, p50, difference));
}
