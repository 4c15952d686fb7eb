import { RecentMap } from '../../base/recent-map.js';
import type { HeaderList } from '../../model/exchange.js';
import type { RequestId } from '../../model/ids.js';
import type { AssembledMessage } from '../../model/message.js';
import type { Purpose } from '../../model/purpose.js';
import type { Solution, ThreadContext } from '../../model/segment.js';
import type { ThreadAttribution, ThreadPlace } from '../../model/thread.js';
import { billedInput, isBill, type Usage } from '../../model/usage.js';
import { attributePieces, type Bill } from '../attribute.js';
import { type Budget, UNLIMITED } from '../budget.js';
import { priceBill } from '../cost/bill.js';
import type { PriceOverrides } from '../cost/prices.js';
import { answerPieces, estimateAnswer } from '../tokens/answer-tokens.js';
import { clearedByEdits } from '../tokens/applied-edits.js';
import { createLearnedTokens } from '../tokens/learned-tokens.js';
import { fits } from '../tokens/scale.js';
import { type BilledAnswer, resumedTokens, solve, type ThreadTokens } from '../tokens/solver.js';
import { type WeighedPiece, weighRequest } from '../tokens/weigh.js';
import { answeredCalls } from './answered-calls.js';
import { type CachedRequest, cachedRequest, findCacheMiss, usedBy } from './cache-miss.js';
import { purposeOf } from './purpose.js';
import { saidIn } from './said.js';
import { createSessionMemory } from './session-memory.js';
import { type Conversed, conversedIn, findThread, type Link, type ThreadEnd } from './thread-place.js';

/** An exchange that has ended: what attribution has to know of it. */
export interface FinishedExchange {
  id: RequestId;
  /** Ids of Claude Code; null where the version does not send them. */
  sessionId: string | null;
  agentId: string | null;
  headers: HeaderList;
  model: string | null;
  /** Unix ms of the request. */
  at: number;
  /** Parsed request JSON; undefined when it is not JSON. */
  body: unknown;
  /** The request body as text. */
  text: string;
  /** Null when nothing was billed: failed, aborted. */
  usage: Usage | null;
  /** What was answered; null when nothing was. */
  message: AssembledMessage | null;
  /** More of the answer came than was kept: what it weighs cannot be estimated. */
  truncated?: boolean | undefined;
}

/** An exchange with what its attribution said. */
export interface AttributedExchange extends FinishedExchange {
  context: ThreadContext;
  solution: Solution;
  place: ThreadPlace;
}

/** Attributes the exchanges of many sessions, each with what the earlier ones of its session taught. */
export interface Threads {
  /**
   * In the order in which exchanges end.
   *
   * @throws {AttributionOverBudgetError} when `budget` is used up: what was learned until then is kept, the thread is as before
   */
  attribute(exchange: FinishedExchange, budget?: Budget): ThreadAttribution;
  /**
   * Takes up the thread of an exchange that was attributed before, in another process.
   *
   * @throws {AttributionOverBudgetError} when `budget` is used up
   */
  resume(exchange: AttributedExchange, budget?: Budget): void;
  /**
   * A `count_tokens` exchange: exact tokens of what its body holds.
   *
   * @throws {AttributionOverBudgetError} when `budget` is used up
   */
  learnCount(
    exchange: Pick<FinishedExchange, 'sessionId' | 'agentId' | 'model' | 'body' | 'text'>,
    tokens: number,
    budget?: Budget,
  ): void;
}

/** A thread of a session, after its last billed request. */
interface Thread extends ThreadEnd {
  sessionId: string | null;
  model: string | null;
  tokens: ThreadTokens;
  cached: CachedRequest;
}

/** Threads remembered over all sessions: each holds the hashes of its last request. */
const MAX_THREADS = 100;

export function createThreads(prices: PriceOverrides): Threads {
  const memory = createSessionMemory();
  const learned = createLearnedTokens();
  const threads = new RecentMap<RequestId, Thread>(MAX_THREADS);

  return {
    attribute(exchange, budget = UNLIMITED) {
      const { id, sessionId, agentId, model, at, body, text, message } = exchange;
      const { context, startedBy } = memory.recognise({ sessionId, agentId, body, headers: exchange.headers }, budget);
      memory.learn({ sessionId, body, message }, budget);
      const pieces = weighRequest(body, text, context, budget);
      const purpose = purposeOf({ body, headers: exchange.headers, agentId, isAgentTask: context.agent !== null });
      const conversation = conversedIn(pieces);
      const ofSession = threads.values().filter((thread) => thread.sessionId === sessionId);
      const link = findThread(ofSession, agentId, purpose, conversation);
      const place = placeOf(id, purpose, link, startedBy);

      const usage = isBill(exchange.usage) ? exchange.usage : null;
      budget.check();
      const before = link?.thread.cached.pieces.map(({ hash }) => hash) ?? null;
      // Without a final figure the text is all there is.
      const hasOutput = usage !== null && usage.output !== null;
      const estimatedOutput =
        message === null || hasOutput || exchange.truncated ? null : estimateAnswer(message, context, budget);
      const answeredBy = message?.model ?? null;
      const bill = { usage, model, answeredBy, estimatedOutput, at, thread: context, before, prices };
      const more = {
        place,
        calls: answeredCalls(message?.complete === true ? message : null, context),
        said: saidIn(pieces, link?.thread.conversation.hashes ?? [], message),
      };
      if (usage === null) {
        return { ...attributePieces(pieces, body, { ...bill, solution: null }), ...more, cacheMiss: null };
      }

      const { solution, after } = solveTokens(
        exchange,
        usage,
        pieces,
        context,
        link?.thread ?? null,
        ofSession,
        budget,
      );
      budget.check();
      const cached = cachedRequest(pieces, solution, { body, usage, model, at, before: link?.thread.cached ?? null });
      const judged = link !== null && (leavesThread(purpose) || link.thread.model === model);
      const cacheMiss = judged ? findCacheMiss(link.thread.cached, cached, priceOf(bill, usage, body)) : null;
      if (link !== null && !leavesThread(purpose)) link.thread.cached = usedBy(link.thread.cached, cached);
      if (leavesThread(purpose) && !isOvertaken(link, conversation, at)) {
        const end = { id: place.thread, last: id, sessionId, agentId, purpose, model, conversation };
        threads.set(place.thread, { ...end, tokens: after, cached });
      }
      return { ...attributePieces(pieces, body, { ...bill, solution }), ...more, cacheMiss };
    },

    resume({ context, solution, place, ...exchange }, budget = UNLIMITED) {
      const { id, sessionId, agentId, model, at, body, text, message, usage } = exchange;
      memory.recognise({ sessionId, agentId, body, headers: exchange.headers }, budget);
      memory.learn({ sessionId, body, message }, budget);
      const pieces = weighRequest(body, text, context, budget);
      if (!isBill(usage) || !leavesThread(place.purpose) || !fits(solution, pieces, billedInput(usage))) return;
      const answer = answerOf(exchange, usage, context, budget);
      const tokens = resumedTokens(pieces, solution, answer, learned.calibration(model));
      const cached = cachedRequest(pieces, solution, { body, usage, model, at, before: null });
      const end = { id: place.thread, last: id, sessionId, agentId, purpose: place.purpose, model };
      threads.set(place.thread, { ...end, conversation: conversedIn(pieces), tokens, cached });
    },

    learnCount({ sessionId, agentId, model, body, text }, tokens, budget = UNLIMITED) {
      const { context } = memory.recognise({ sessionId, agentId, body }, budget);
      learned.count(sessionId, model, weighRequest(body, text, context, budget), tokens);
    },
  };

  function solveTokens(
    { sessionId, model, body, message }: FinishedExchange,
    usage: Usage,
    pieces: readonly WeighedPiece[],
    context: ThreadContext,
    thread: Thread | null,
    ofSession: readonly Thread[],
    budget: Budget,
  ): { solution: Solution; after: ThreadTokens } {
    const others = ofSession.filter((other) => other.model === model).map(({ tokens }) => tokens);
    return solve(
      {
        pieces,
        usage,
        body,
        cleared: clearedByEdits(pieces, body, message?.contextManagement),
        answer: answerOf({ message }, usage, context, budget),
        // Another model counts with another tokenizer.
        startsThread: thread === null || thread.model !== model,
        before: thread !== null && thread.model === model ? thread.tokens : learned.nearest(others, model, pieces),
        counted: learned.counts(sessionId, model),
      },
      learned.calibration(model),
    );
  }
}

/** Of a token of a billed request. */
function priceOf(
  { model, answeredBy, at, prices: overrides }: Pick<Bill, 'model' | 'answeredBy' | 'at' | 'prices'>,
  usage: Usage,
  body: unknown,
) {
  return priceBill({ usage, output: null, body, model, answeredBy, at, overrides }).prices;
}

/** Whether a later request of the thread has ended before this one, and holds more of the conversation. */
function isOvertaken(link: Link<Thread> | null, { hashes }: Conversed, at: number): boolean {
  return link !== null && at < link.thread.cached.at && hashes.length < link.thread.conversation.hashes.length;
}

/** Of an answer that was cut off the bill says nothing: its stream had only begun to count. */
function answerOf(
  { message }: Pick<FinishedExchange, 'message'>,
  { output }: Usage,
  context: ThreadContext,
  budget: Budget,
): BilledAnswer {
  if (message?.complete !== true || output === null) return { pieces: [], tokens: 0 };
  return { pieces: answerPieces(message, context, budget), tokens: output };
}

/** Side calls leave none behind: what they share with a conversation, that one goes on without them. */
function leavesThread(purpose: Purpose): boolean {
  return purpose === 'main' || purpose === 'subagent';
}

function placeOf(id: RequestId, purpose: Purpose, link: Link<Thread> | null, startedBy: string | null): ThreadPlace {
  return {
    purpose,
    thread: link?.thread.id ?? id,
    previous: link?.thread.last ?? null,
    continuation: link?.continuation ?? null,
    startedBy,
  };
}
