import {
  attribute,
  createThreads,
  findPinnedCall,
  planMeasurements,
  segmentText,
  settleMeasurement,
} from '../../../src/attribution/index.js';
import type { JsonRecord } from '../../../src/base/json.js';
import type { Measurement, Measurements } from '../../../src/model/measurement.js';
import type { Attribution, Known } from '../../../src/model/segment.js';
import { billedInput } from '../../../src/model/usage.js';
import { type Comparison, type CountedSegment, compare } from './compare.js';
import type { Rates } from './rates.js';
import { makeSession, type SessionOptions, type SessionStep } from './session.js';
import { type Biller, createBiller } from './truth.js';

/** A session as attribution saw it, and by plain scaling of each bill for itself, both beside the truth. */
export interface Measured {
  ours: Comparison[];
  plain: Comparison[];
  /** Requests whose segments do not sum to the bill. */
  wrongTotals: number;
  /** Requests whose measurements contradicted their bills. */
  contradicted: number;
}

/** Plays a session to attribution, exchange by exchange. */
export function measure(rates: Rates, options: Omit<SessionOptions, 'biller'>): Measured {
  const biller = createBiller(rates);
  return attributed(makeSession({ ...options, biller }), biller);
}

/** What a `count_tokens` answers, from the true tokens of a request. */
type CountingServer = (tokens: number, request: JsonRecord) => number;

/** A session whose parts were counted, as `claude-trace measure` does, before it was attributed. */
export function measureCounted(
  rates: Rates,
  options: Omit<SessionOptions, 'biller'>,
  server?: CountingServer,
): Measured & { counts: number; pieces: number; requests: number } {
  const { steps, biller, measured, counts, requests } = countSession(rates, options, server);
  return { ...attributed(steps, biller, measured), counts, pieces: measured.size, requests };
}

/**
 * A request of a session that another process attributed before anything was measured.
 *
 * @returns the segments of the request behind the resumed one, beside the truth
 */
export function measureResumed(
  rates: Rates,
  options: Omit<SessionOptions, 'biller'>,
): { known: Known; tokens: number; truth: number }[] {
  const { steps, biller, measured } = countSession(rates, options);
  const [last, next] = steps.filter(({ thread }) => thread === 'main').slice(-2);
  if (last === undefined || next === undefined) throw new Error('The session is too short.');
  const before = createThreads({});
  const attributions = steps.slice(0, steps.indexOf(next)).map(({ exchange }) => before.attribute(exchange));
  const { thread: context, solution, place } = attributions[steps.indexOf(last)] ?? before.attribute(last.exchange);
  const after = createThreads({}, () => measured);
  after.resume({ ...last.exchange, context, solution, place });
  const { segments } = after.attribute(next.exchange);
  const truth = biller.truthOf(next.body, countedSegments(next, { segments }));
  return segments.map(({ known, tokens }, index) => ({ known, tokens, truth: truth[index] ?? 0 }));
}

function countSession(
  rates: Rates,
  options: Omit<SessionOptions, 'biller'>,
  server: CountingServer = (tokens) => tokens,
) {
  const biller = createBiller(rates);
  const steps = makeSession({ ...options, biller });
  const counts = new Map<string, number>();
  const countOf = (request: JsonRecord) => {
    const id = JSON.stringify(request);
    const tokens = counts.get(id) ?? server(biller.meter.countInput(request), request);
    counts.set(id, tokens);
    return tokens;
  };
  const measured = new Map<string, Measurement>();
  const threads = createThreads({});
  const requests = steps.flatMap(({ exchange, counted }) => {
    if (counted !== null) return [];
    const { thread, solution } = threads.attribute(exchange);
    return [{ body: exchange.body, text: exchange.text, redacted: false, thread, solution, measured }];
  });
  const pinnedCall = requests.map(findPinnedCall).findLast((call) => call !== null);
  for (const request of requests) {
    for (const lacking of planMeasurements({ ...request, pinnedCall })) {
      const found = settleMeasurement(
        lacking,
        lacking.sum.terms.map(({ request }) => countOf(request)),
      );
      for (const [key, measurement] of found ?? []) measured.set(key, measurement);
    }
  }
  return { steps, biller, measured, counts: counts.size, requests: requests.length };
}

function attributed(steps: readonly SessionStep[], biller: Biller, measured?: Measurements): Measured {
  const threads = createThreads({}, measured && (() => measured));
  const ours = new Map<SessionStep, CountedSegment[]>();
  const plain = new Map<SessionStep, CountedSegment[]>();
  let [wrongTotals, contradicted] = [0, 0];
  for (const step of steps) {
    const { body, text, usage, model, at } = step.exchange;
    if (step.counted !== null) {
      threads.learnCount(step.exchange, step.counted);
      continue;
    }
    const attribution = threads.attribute(step.exchange);
    const { thread } = attribution;
    ours.set(step, countedSegments(step, attribution));
    const scaled = attribute({ body, text, usage, model, at, thread, solution: null, prices: {} });
    plain.set(step, countedSegments(step, scaled));
    const sum = attribution.segments.reduce((total, { tokens }) => total + tokens, 0);
    if (attribution.measurementsContradicted) contradicted += 1;
    if (usage === null || sum !== billedInput(usage)) wrongTotals += 1;
  }
  const beside = (counts: ReadonlyMap<SessionStep, CountedSegment[]>): Comparison[] =>
    compare(
      steps,
      (step) => counts.get(step) ?? [],
      ({ body }, segments) => biller.truthOf(body, segments),
    );
  return { ours: beside(ours), plain: beside(plain), wrongTotals, contradicted };
}

function countedSegments(
  { exchange: { body, text } }: SessionStep,
  { segments }: Pick<Attribution, 'segments'>,
): CountedSegment[] {
  return segments.map((segment) => ({
    path: segment.path,
    source: segment.source,
    tokens: segment.tokens,
    text: segmentText(body, text, segment),
  }));
}
