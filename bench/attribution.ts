/**
 * The time and the accuracy of attribution, in this process: first tokenizing, repeated attribution of a body (intact and
 * damaged), the last request of a long session, and token figures compared with an API that bills with another tokenizer.
 */

import fc from 'fast-check';
import { attribute, createThreads, type FinishedExchange } from '../src/attribution/index.js';
import { mutated, mutations } from '../test/support/mutations.js';
import { type Arrival, type Comparison, type Spread, spreadOf } from '../test/support/truth/compare.js';
import { measure } from '../test/support/truth/measure.js';
import { EVEN, HARSH, MILD } from '../test/support/truth/rates.js';
import { makeSession, type SessionStep } from '../test/support/truth/session.js';
import { createBiller } from '../test/support/truth/truth.js';
import { hostileTexts } from './attribution-texts.js';
import { median, percentile, cpuTime as time } from './numbers.js';

export interface AttributionBench {
  /** Milliseconds for a new text of a megabyte, by its content. */
  firstMs: Record<string, number>;
  /** Milliseconds a megabyte when all texts are known. */
  repeat: { bodies: number; medianMs: number; p99Ms: number; worstMs: number; worst: string };
  /** The 200th request of a session. */
  long: { bodyBytes: number; scratchMs: number; threadMs: number; plainMs: number };
  truth: Record<'ours' | 'plain', Record<Arrival, Spread>>;
}

const MEGABYTE = 1_000_000;
const LONG_TURNS = 200;
const BROKEN_BODIES = 300;
const SEEDS = [1, 2, 3];

export function measureAttribution(): AttributionBench {
  return {
    firstMs: Object.fromEntries(
      Object.entries(hostileTexts(MEGABYTE)).map(([name, text]) => [name, time(() => attributed(bodyOf(text)))]),
    ),
    repeat: measureRepeats(),
    long: measureLong(),
    truth: measureTruth(),
  };
}

/** Bodies of a session with a few damages, and hostile texts in every place for a text. */
function measureRepeats(): AttributionBench['repeat'] {
  const session = sessionOf(7, 40).slice(-12);
  const plans = fc.sample(mutations(12), { numRuns: BROKEN_BODIES, seed: 1 });
  const broken = plans.map((plan, index): [name: string, body: unknown] => {
    return [plan.map(({ kind }) => kind).join(' '), mutated(session[index % session.length]?.body, plan)];
  });
  const hostile = Object.entries(hostileTexts(MEGABYTE / 4)).flatMap(([name, text]) =>
    Object.entries(placesOf(text)).map(([place, body]): [string, unknown] => [`${name} in ${place}`, body]),
  );
  const rates = [...broken, ...hostile].map(([name, body]) => {
    const text = JSON.stringify(body) ?? '';
    attributed(body, text);
    const fastest = Math.min(...Array.from({ length: 3 }, () => time(() => attributed(body, text))));
    return { name, rate: fastest / (Buffer.byteLength(text) / MEGABYTE), bytes: text.length };
  });
  // Fixed costs dominate small bodies.
  const judged = rates.filter(({ bytes }) => bytes > 50_000).sort((a, b) => b.rate - a.rate);
  const values = judged.map(({ rate }) => rate);
  return {
    bodies: judged.length,
    medianMs: median(values) ?? 0,
    p99Ms: percentile(values, 0.99) ?? 0,
    worstMs: judged[0]?.rate ?? 0,
    worst: judged
      .slice(0, 5)
      .map(({ name, rate }) => `${name} ${rate.toFixed(0)}`)
      .join('; '),
  };
}

/** The last request of a long session: new (of another session of the same length), by plain scaling, and in its thread. */
function measureLong(): AttributionBench['long'] {
  const other = lastMain(sessionOf(8, LONG_TURNS));
  const scratchMs = time(() => attributed(other.body, other.text));
  const threads = createThreads({});
  const session = sessionOf(9, LONG_TURNS);
  const last = lastMain(session);
  const times: number[] = [];
  for (const { exchange } of session) {
    const ms = time(() => threads.attribute(exchange));
    if (exchange === last) times.push(ms);
  }
  const plainMs = time(() => attributed(last.body, last.text));
  return { bodyBytes: Buffer.byteLength(last.text), scratchMs, threadMs: times[0] ?? 0, plainMs };
}

function measureTruth(): AttributionBench['truth'] {
  const measured = [MILD, HARSH, EVEN].flatMap((rates) =>
    SEEDS.flatMap((seed) => [false, true].map((counts) => measure(rates, { seed, turns: 30, counts, clears: false }))),
  );
  const spreads = (comparisons: readonly Comparison[]): Record<Arrival, Spread> => {
    const by = (arrival: Arrival): Spread => spreadOf(comparisons.filter((one) => one.arrival === arrival));
    return {
      alone: by('alone'),
      together: by('together'),
      answer: by('answer'),
      opening: by('opening'),
      source: by('source'),
    };
  };
  return {
    ours: spreads(measured.flatMap(({ ours }) => ours)),
    plain: spreads(measured.flatMap(({ plain }) => plain)),
  };
}

/** A text in every place: each has other rules. */
function placesOf(text: string): Record<string, unknown> {
  const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });
  const called = [{ type: 'tool_use', id: 'toolu_1', name: 'Read', input: { file_path: '/a' } }];
  return {
    'a prompt': user(text),
    'a reminder': user([{ type: 'text', text: `<system-reminder>\n${text}\n</system-reminder>` }]),
    'a harness message': { messages: [{ role: 'system', content: text }] },
    'a system prompt': { system: text },
    'a description': { tools: [{ name: 'Task', description: text, input_schema: {} }] },
    'a result': {
      messages: [
        { role: 'assistant', content: called },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: text }] },
      ],
    },
  };
}

function bodyOf(text: string): object {
  return { messages: [{ role: 'user', content: text }] };
}

function sessionOf(seed: number, turns: number): SessionStep[] {
  return makeSession({ seed, biller: createBiller(MILD), turns, counts: false, clears: false });
}

function lastMain(steps: readonly SessionStep[]): FinishedExchange {
  const last = steps.filter(({ thread }) => thread === 'main').at(-2);
  if (last === undefined) throw new Error('The session has no main thread.');
  return last.exchange;
}

function attributed(body: unknown, text: string = JSON.stringify(body)): void {
  const usage = { uncached: 1000, cacheRead: 100_000, cacheWrite5m: 2000, cacheWrite1h: 0, output: 10, webSearches: 0 };
  const thread = { knownServers: [], agent: null };
  attribute({
    body,
    text,
    usage,
    model: 'claude-sonnet-4-5',
    at: 0,
    thread,
    solution: null,
    prices: {},
  });
}
