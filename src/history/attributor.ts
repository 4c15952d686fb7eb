import {
  type AttributedExchange,
  type Budget,
  createBudget,
  createThreads,
  type PriceOverrides,
} from '../attribution/index.js';
import { describeError } from '../base/error-text.js';
import { isRecord } from '../base/json.js';
import { RecentMap } from '../base/recent-map.js';
import type { CapturedRequest, CapturedResponse } from '../model/exchange.js';
import type { ThreadAttribution } from '../model/thread.js';
import { readJsonBody } from './json-body.js';

/** Attributes finished exchanges in the order they end, using what earlier ones of their session taught. */
export interface Attributor {
  /** @returns null for requests that carry no context, and when attribution failed. Never throws. */
  attribute(request: FinishedRequest, response: FinishedResponse): ThreadAttribution | null;
}

/** What attribution reads of a request and its response, captured or stored. */
export type FinishedRequest = Pick<
  CapturedRequest,
  'id' | 'kind' | 'sessionId' | 'agentId' | 'headers' | 'model' | 'timestamps'
> & { body: Pick<CapturedRequest['body'], 'bytes' | 'redacted'> };
export type FinishedResponse = Pick<CapturedResponse, 'state' | 'status' | 'headers' | 'message' | 'usage'> & {
  body: Pick<CapturedResponse['body'], 'bytes' | 'redacted'>;
};

export interface AttributorOptions {
  prices: PriceOverrides;
  /** How long the attribution of one request may take, in milliseconds. Default: 2 s. */
  budgetMs?: number;
  /** Called once, with the first failure. The request is stored without attribution, and can be attributed again. */
  onFailure: (message: string) => void;
  /**
   * The exchanges at the end of each conversation of a session, as this process found them stored. Default: none.
   * @param onDamaged called for each that cannot be read, and is left out
   */
  history?: (sessionId: string, onDamaged: (error: unknown) => void) => readonly AttributedExchange[];
  /** Called once: a stored conversation could not be continued, so its figures start again. Default: `onFailure`. */
  onHistoryFailure?: (message: string) => void;
}

/** More sessions than attribution/threads.ts remembers threads of. */
const MAX_SESSIONS = 200;

/** Other requests wait to be recorded meanwhile. Attribution of a full context window takes some ten milliseconds. */
const BUDGET_MS = 2_000;
const LONGEST_STEP_MS = 20;

export function createAttributor({
  prices,
  budgetMs = BUDGET_MS,
  onFailure,
  history = () => [],
  onHistoryFailure = onFailure,
}: AttributorOptions): Attributor {
  const threads = createThreads(prices);
  const knownSessions = new RecentMap<string, true>(MAX_SESSIONS);
  const reportFailure = reportFirst(onFailure);
  const reportHistoryFailure = reportFirst(onHistoryFailure);
  const newBudget = () => createBudget(budgetMs, workingTime());

  function resumeSession(sessionId: string): void {
    if (knownSessions.get(sessionId)) return;
    knownSessions.set(sessionId, true);
    const budget = newBudget();
    try {
      for (const exchange of history(sessionId, reportHistoryFailure)) resumeThread(exchange, budget);
    } catch (error) {
      reportHistoryFailure(error);
    }
  }

  function resumeThread(exchange: AttributedExchange, budget: Budget): void {
    try {
      threads.resume(exchange, budget);
    } catch (error) {
      reportHistoryFailure(error);
    }
  }

  function attributeUnsafely(request: FinishedRequest, response: FinishedResponse): ThreadAttribution | null {
    const { id, kind, sessionId, agentId, headers, model } = request;
    if (kind !== 'messages' && kind !== 'count_tokens') return null;
    if (sessionId !== null) resumeSession(sessionId);
    const { text, body } = readJsonBody(request.body.bytes, headers, request.body.redacted);
    const { state, usage, message } = response;
    const exchange = {
      id,
      sessionId,
      agentId,
      headers,
      model,
      at: request.timestamps.initiated,
      body,
      text,
      usage,
      message,
      // The response ended well, but its end was not captured.
      truncated: state === 'complete' && message?.complete === false,
    };
    if (kind === 'messages') return threads.attribute(exchange, newBudget());
    const counted = countedTokens(response);
    if (counted !== null) threads.learnCount(exchange, counted, newBudget());
    return null;
  }

  return {
    attribute(request, response) {
      try {
        return attributeUnsafely(request, response);
      } catch (error) {
        reportFailure(error);
        return null;
      }
    },
  };
}

/**
 * A clock of milliseconds that stands still while the thread does. Between two looks attribution works for less than a
 * millisecond, so a longer step was another program's turn on a busy machine, or code being loaded.
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

function reportFirst(report: (message: string) => void): (error: unknown) => void {
  let isReported = false;
  return (error) => {
    if (!isReported) report(describeError(error));
    isReported = true;
  };
}

/** The answer of `/v1/messages/count_tokens`; null when it has no count. */
function countedTokens({ status, headers, body }: FinishedResponse): number | null {
  if (status !== 200) return null;
  const answer = readJsonBody(body.bytes, headers, body.redacted).body;
  const count = isRecord(answer) ? answer.input_tokens : null;
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : null;
}
