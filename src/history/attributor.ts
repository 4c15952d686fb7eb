import {
  type AttributedExchange,
  createBudget,
  createThreads,
  NOTHING_MEASURED,
  type PriceOverrides,
} from '../attribution/index.js';
import { isRecord } from '../base/json.js';
import { RecentMap } from '../base/recent-map.js';
import type { CapturedRequest, CapturedResponse } from '../model/exchange.js';
import type { Measurements } from '../model/measurement.js';
import type { Segment } from '../model/segment.js';
import type { ThreadAttribution } from '../model/thread.js';
import { readJsonBody, readRepeatedBody } from './json-body.js';

/** Attributes finished exchanges, in the order they end, with what was learned from earlier ones of their session. */
export interface Attributor {
  /**
   * Null for requests without context, and when attribution failed.
   *
   * @param json the body of the request, where it is already parsed
   */
  attribute(request: FinishedRequest, response: FinishedResponse, json?: unknown): ThreadAttribution | null;
}

/** A request and its response as attribution reads them, captured or stored. */
export type FinishedRequest = Pick<
  CapturedRequest,
  'id' | 'origin' | 'kind' | 'sessionId' | 'agentId' | 'headers' | 'model' | 'timestamps'
> & { body: Pick<CapturedRequest['body'], 'bytes' | 'redacted'> };
export type FinishedResponse = Pick<CapturedResponse, 'state' | 'status' | 'headers' | 'message' | 'usage'> & {
  body: Pick<CapturedResponse['body'], 'bytes' | 'redacted'>;
};

export interface AttributorOptions {
  prices: PriceOverrides;
  /** Time limit for attributing one request, ms; after it the request is stored without. Default: 2 s. */
  budgetMs?: number;
  /** Attribution failed. Called once. */
  onFailure: (error: unknown) => void;
  /**
   * The last exchange of each conversation of a session, from before this process saw it. Default: none.
   * @param onDamaged called for each that cannot be read and is left out
   */
  history?: (sessionId: string, onDamaged: (error: unknown) => void) => readonly AttributedExchange[];
  /** The measurements of a model, read again for each session. Default: no measurements. */
  measurements?: (model: string) => Measurements;
  /** A conversation could not be resumed, so its figures start again. Called once. Default: `onFailure`. */
  onHistoryFailure?: (error: unknown) => void;
  /** Called with each exchange that was attributed. */
  onAttributed?: (exchange: AttributedBody) => void;
}

export interface AttributedBody {
  request: FinishedRequest;
  response: FinishedResponse;
  /** Parsed JSON of the request. */
  body: unknown;
  segments: readonly Segment[];
}

/** Sessions whose history was read: more than those whose threads are remembered (attribution/threads.ts). */
const MAX_SESSIONS = 200;
/** Maximum number of models whose measurements are kept in memory. */
const MAX_MODELS = 10;

/** Other exchanges wait meanwhile. Attributing a full context window takes some ten milliseconds. */
const BUDGET_MS = 2_000;
const LONGEST_STEP_MS = 20;

export function createAttributor({
  prices,
  budgetMs = BUDGET_MS,
  onFailure,
  history = () => [],
  measurements = () => NOTHING_MEASURED,
  onHistoryFailure = onFailure,
  onAttributed = () => {},
}: AttributorOptions): Attributor {
  const measuredByModel = new RecentMap<string, Measurements>(MAX_MODELS);
  const threads = createThreads(prices, (model) => measuredByModel.take(model, () => readMeasured(model)));
  const resumedSessions = new RecentMap<string, true>(MAX_SESSIONS);
  const reportFailure = once(onFailure);
  const reportHistoryFailure = once(onHistoryFailure);
  const newBudget = () => createBudget(budgetMs, workingTime());

  function readMeasured(model: string): Measurements {
    try {
      return measurements(model);
    } catch {
      // Writers report what is wrong with the database.
      return NOTHING_MEASURED;
    }
  }

  /** A conversation that cannot be resumed is left out. */
  function resumeConversations(sessionId: string): void {
    if (resumedSessions.get(sessionId)) return;
    resumedSessions.set(sessionId, true);
    measuredByModel.clear();
    const budget = newBudget();
    const resume = (exchange: AttributedExchange) =>
      reportIfThrown(reportHistoryFailure, () => threads.resume(exchange, budget));
    reportIfThrown(reportHistoryFailure, () => history(sessionId, reportHistoryFailure).forEach(resume));
  }

  function attribute(request: FinishedRequest, response: FinishedResponse, json: unknown): ThreadAttribution | null {
    if (request.sessionId !== null) resumeConversations(request.sessionId);
    const exchange = exchangeOf(request, response, json);
    if (request.kind === 'messages') {
      const attribution = threads.attribute(exchange, newBudget());
      onAttributed({ request, response, body: exchange.body, segments: attribution.segments });
      return attribution;
    }
    const counted = countedTokens(response);
    if (counted !== null) threads.learnCount(exchange, counted, newBudget());
    return null;
  }

  return {
    attribute(request, response, json) {
      if (request.kind !== 'messages' && request.kind !== 'count_tokens') return null;
      // After a failure the exchange is stored without attribution and can be attributed again.
      return reportIfThrown(reportFailure, () => attribute(request, response, json)) ?? null;
    },
  };
}

/** An exchange in the form that the threads attribute. */
function exchangeOf(request: FinishedRequest, { state, usage, message }: FinishedResponse, json: unknown) {
  const { id, origin, sessionId, agentId, headers, model, timestamps } = request;
  const read =
    json === undefined
      ? readRepeatedBody(request.body.bytes, headers, request.body.redacted)
      : { body: json, text: '' };
  return {
    id,
    sessionId,
    agentId,
    headers,
    model,
    at: timestamps.initiated,
    ...read,
    usage,
    message,
    // Complete on the wire, but only its beginning was captured.
    truncated: state === 'complete' && message?.complete === false,
    unrecorded: origin === 'transcript' && !(isRecord(read.body) && 'system' in read.body),
  };
}

/**
 * Milliseconds in which this thread worked. Between two checks of the budget attribution works for less than a millisecond, so
 * a longer time was spent by another program on a busy machine, or on loading code.
 */
function workingTime(): () => number {
  let last = performance.now();
  let worked = 0;
  return () => {
    const now = performance.now();
    worked += Math.min(now - last, LONGEST_STEP_MS);
    last = now;
    return worked;
  };
}

/** Calls `report` for the first error only. */
function once(report: (error: unknown) => void): (error: unknown) => void {
  let reported = false;
  return (error) => {
    if (!reported) report(error);
    reported = true;
  };
}

function reportIfThrown<Result>(report: (error: unknown) => void, work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    report(error);
    return undefined;
  }
}

/** The result of `/v1/messages/count_tokens`; null when it failed. */
function countedTokens({ status, headers, body }: FinishedResponse): number | null {
  const answer = status === 200 ? readJsonBody(body.bytes, headers, body.redacted).body : null;
  const count = isRecord(answer) ? answer.input_tokens : null;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null;
}
