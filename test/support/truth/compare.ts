import { isRecord, type JsonRecord } from '../../../src/base/json.js';
import type { PlacedText } from './truth.js';

/** A request of a session, in order of their ends. */
export interface Step {
  /** The name of its thread. */
  thread: string;
  body: JsonRecord;
  /** What `count_tokens` answered; null for a message. */
  counted: number | null;
}

/** A segment with its tokens by somebody's estimate. */
export interface CountedSegment extends PlacedText {
  source: string;
  tokens: number;
}

/**
 * How the tokens of a figure came into the thread. alone: in a turn of their own, so that a bill gives their size; together:
 * with other sources in one turn; answer: written by the model; opening: in the thread's first request; source: the sum of a
 * source in a request.
 */
export type Arrival = 'alone' | 'together' | 'answer' | 'opening' | 'source';

/** One figure of one request beside the truth. */
export interface Comparison {
  step: number;
  thread: string;
  source: string;
  arrival: Arrival;
  tokens: number;
  truth: number;
  /** Share of the truth that the figure is off by; 0 within two tokens, which is what rounding can do. */
  error: number;
}

/** The requests of a thread from its second on, each source by how its segments arrived. */
export function compare<S extends Step>(
  steps: readonly S[],
  countsOf: (step: S) => readonly CountedSegment[],
  truthOf: (step: S, segments: readonly CountedSegment[]) => readonly number[],
): Comparison[] {
  const lengths = new Map<string, number[]>();
  return steps.flatMap((step, index): Comparison[] => {
    if (step.counted !== null) return [];
    const segments = countsOf(step);
    const { thread, body } = step;
    const earlier = lengths.get(thread) ?? [];
    lengths.set(thread, [...earlier, messagesOf(body).length]);
    if (earlier.length === 0) return [];
    const truth = truthOf(step, segments);
    const arrivals = arrivalsOf(segments, messagesOf(body), earlier);
    const sums = new Map<string, { source: string; arrival: Arrival; tokens: number; truth: number }>();
    for (const [at, { source, tokens }] of segments.entries()) {
      for (const arrival of [arrivals[at] ?? 'opening', 'source'] as const) {
        const sum = sums.get(`${arrival} ${source}`) ?? { source, arrival, tokens: 0, truth: 0 };
        sums.set(`${arrival} ${source}`, {
          ...sum,
          tokens: sum.tokens + tokens,
          truth: sum.truth + (truth[at] ?? 0),
        });
      }
    }
    return [...sums.values()].map((sum) => ({ ...sum, step: index, thread, error: errorOf(sum) }));
  });
}

const ROUNDING = 2;

function errorOf({ tokens, truth }: { tokens: number; truth: number }): number {
  const off = Math.abs(tokens - truth);
  return off <= ROUNDING ? 0 : off / Math.max(1, truth);
}

function arrivalsOf(
  segments: readonly CountedSegment[],
  messages: readonly unknown[],
  earlier: readonly number[],
): Arrival[] {
  let message = -1;
  const placed = segments.map(({ path, source }) => {
    // A definition that was loaded late stands behind the result that loaded it.
    message = path.startsWith('/messages/') ? Number(path.split('/')[2]) : message;
    const request = earlier.findIndex((length) => length > message);
    return { source, message, turn: message === -1 ? 0 : request === -1 ? earlier.length : request };
  });
  const isAnswer = (at: number): boolean => isRecord(messages[at]) && messages[at].role === 'assistant';
  const sourcesOf = new Map<number, Set<string>>();
  for (const { source, message: at, turn } of placed) {
    if (!isAnswer(at)) sourcesOf.set(turn, (sourcesOf.get(turn) ?? new Set()).add(source));
  }
  return placed.map(({ message: at, turn }) => {
    if (turn === 0) return 'opening';
    if (isAnswer(at)) return 'answer';
    return sourcesOf.get(turn)?.size === 1 ? 'alone' : 'together';
  });
}

function messagesOf(body: Step['body']): readonly unknown[] {
  return Array.isArray(body.messages) ? body.messages : [];
}

/** How errors are spread: shares that figures are off by, and of all tokens those that stand in the wrong place. */
export interface Spread {
  figures: number;
  misplaced: number;
  p50: number;
  p95: number;
  max: number;
}

export function spreadOf(comparisons: readonly Comparison[]): Spread {
  const errors = comparisons.map(({ error }) => error).sort((a, b) => a - b);
  const at = (share: number): number => errors[Math.max(0, Math.ceil(errors.length * share) - 1)] ?? 0;
  const off = comparisons.reduce((sum, { tokens, truth }) => sum + Math.abs(tokens - truth), 0);
  const tokens = comparisons.reduce((sum, { truth }) => sum + truth, 0);
  return { figures: errors.length, misplaced: off / Math.max(1, tokens), p50: at(0.5), p95: at(0.95), max: at(1) };
}
