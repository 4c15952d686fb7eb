import { RecentMap } from '../../base/recent-map.js';
import type { HeaderList } from '../../model/exchange.js';
import type { RequestId } from '../../model/ids.js';
import type { Measurements } from '../../model/measurement.js';
import type { AssembledMessage } from '../../model/message.js';
import { isSideCall, type Purpose } from '../../model/purpose.js';
import type { Known, Solution, ThreadContext } from '../../model/segment.js';
import type { ThreadAttribution, ThreadPlace } from '../../model/thread.js';
import { billedInput, isBill, type Usage } from '../../model/usage.js';
import { addedTo } from '../added-pieces.js';
import { attributePieces, type Bill } from '../attribute.js';
import { type Budget, UNLIMITED } from '../budget.js';
import { priceBill } from '../cost/bill.js';
import type { PriceOverrides } from '../cost/prices.js';
import { answerPieces, estimateAnswer } from '../tokens/answer-tokens.js';
import { clearedByEdits } from '../tokens/applied-edits.js';
import { believed } from '../tokens/contradictions.js';
import { createLearnedTokens } from '../tokens/learned-tokens.js';
import { fits, remainderSolution } from '../tokens/scale.js';
import {
  type BilledAnswer,
  NOTHING_KNOWN,
  resumedTokens,
  type Solved,
  solve,
  type ThreadTokens,
} from '../tokens/solver.js';
import { membersOf, together } from '../tokens/token-group.js';
import { type WeighedPiece, weighRequest } from '../tokens/weigh.js';
import { answeredCalls } from './answered-calls.js';
import { type CachedRequest, cachedRequest, findCacheMiss, usedBy } from './cache-miss.js';
import { type Fingerprint, findThread, fingerprintOf, isMessage, type Link, type ThreadEnd } from './find-thread.js';
import { promptOf } from './prompt.js';
import { purposeOf } from './purpose/purpose.js';
import { searchTextsOf } from './search-texts.js';
import { createSessionMemory } from './session/session-memory.js';

/** What attribution has to know of an exchange that has ended. */
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
  /** The answer, or null. */
  message: AssembledMessage | null;
  /** Only part of the answer was kept, so its tokens cannot be estimated. */
  truncated?: boolean | undefined;
  /** The body has only the conversation; the rest of what the bill counts was not recorded. */
  unrecorded?: boolean | undefined;
}

/** An exchange with the attribution that it got. */
export interface AttributedExchange extends FinishedExchange {
  context: ThreadContext;
  solution: Solution;
  place: ThreadPlace;
}

/** Attributes the exchanges of many sessions, each with what earlier exchanges of its session taught. */
export interface Threads {
  /**
   * To be called in the order in which exchanges end.
   *
   * @throws {AttributionOverBudgetError} when `budget` is used up: facts learned until then are kept, the thread is unchanged
   */
  attribute(exchange: FinishedExchange, budget?: Budget): ThreadAttribution;
  /**
   * Restores the thread of an exchange that another process has attributed.
   *
   * @throws {AttributionOverBudgetError} when `budget` is used up
   */
  resume(exchange: AttributedExchange, budget?: Budget): void;
  /**
   * Learns from a `count_tokens` exchange: the exact tokens of its body.
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

/** Threads remembered over all sessions. Each holds the hashes of its last request. */
const MAX_THREADS = 100;

/** @param measurementsOf the measurements of a model. Default: no measurements */
export function createThreads(prices: PriceOverrides, measurementsOf?: (model: string) => Measurements): Threads {
  const memory = createSessionMemory();
  const learned = createLearnedTokens(measurementsOf);
  const threads = new RecentMap<RequestId, Thread>(MAX_THREADS);

  return {
    attribute(exchange, budget = UNLIMITED) {
      const { id, sessionId, agentId, model, at, body, text, message } = exchange;
      const recognized = memory.recognize({ sessionId, agentId, body, headers: exchange.headers }, budget);
      const { startedBy } = recognized;
      const context: ThreadContext = { ...recognized.context, ...(exchange.unrecorded ? { unrecorded: true } : {}) };
      memory.learn({ sessionId, body, message }, budget);
      const pieces = weighRequest(body, text, context, budget);
      const purpose = purposeOf({ body, headers: exchange.headers, agentId, isAgentTask: context.agent !== null });
      const messages = pieces.filter(isMessage);
      const fingerprint = fingerprintOf(messages);
      const ofSession = threads.values().filter((thread) => thread.sessionId === sessionId);
      const link = findThread(ofSession, agentId, purpose, fingerprint);
      const place = placeOf(id, purpose, link, startedBy);

      const usage = isBill(exchange.usage) ? exchange.usage : null;
      budget.check();
      const before = link?.thread.cached.pieces.map(({ hash }) => hash) ?? null;
      // Without a billed output it is estimated from the text.
      const hasOutput = usage !== null && usage.output !== null;
      const estimatedOutput =
        message === null || hasOutput || exchange.truncated ? null : estimateAnswer(message, context, budget);
      const answeredBy = message?.model ?? null;
      const bill = { usage, model, answeredBy, estimatedOutput, at, thread: context, before, prices };
      const added = addedTo(link?.thread.fingerprint.hashes ?? [], messages);
      const ofThread = {
        place,
        calls: answeredCalls(message?.complete === true ? message : null, context),
        searchTexts: searchTextsOf(added, message),
        prompt: purpose === 'main' ? promptOf(added, messages) : null,
      };
      if (usage === null) {
        return { ...attributePieces(pieces, body, { ...bill, solution: null }), ...ofThread, cacheMiss: null };
      }

      const { solution, after, isContradicted } = solveTokens(
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
      const judged = link !== null && (!isSideCall(purpose) || link.thread.model === model);
      const cacheMiss = judged ? findCacheMiss(link.thread.cached, cached, priceOf(bill, usage, body)) : null;
      if (link !== null && isSideCall(purpose)) link.thread.cached = usedBy(link.thread.cached, cached);
      // Side calls do not extend threads: the conversation that they share goes on without them.
      if (!isSideCall(purpose) && !isOvertaken(link, fingerprint, at)) {
        const end = { id: place.threadId, last: id, sessionId, agentId, purpose, model, fingerprint };
        threads.set(place.threadId, { ...end, tokens: after, cached });
      }
      const attribution = attributePieces(pieces, body, { ...bill, solution });
      return { ...attribution, ...ofThread, cacheMiss, measurementsContradicted: isContradicted };
    },

    resume({ context, solution, place, ...exchange }, budget = UNLIMITED) {
      const { id, sessionId, agentId, model, at, body, text, message, usage } = exchange;
      memory.recognize({ sessionId, agentId, body, headers: exchange.headers }, budget);
      memory.learn({ sessionId, body, message }, budget);
      const pieces = weighRequest(body, text, context, budget);
      if (!isBill(usage) || isSideCall(place.purpose) || !fits(solution, pieces, billedInput(usage))) return;
      const tokens = context.unrecorded
        ? NOTHING_KNOWN
        : resumedTokens(pieces, solution, answerOf(exchange, usage, context, budget), learned.calibration(model));
      const cached = cachedRequest(pieces, solution, { body, usage, model, at, before: null });
      const end = { id: place.threadId, last: id, sessionId, agentId, purpose: place.purpose, model };
      threads.set(place.threadId, { ...end, fingerprint: fingerprintOf(pieces.filter(isMessage)), tokens, cached });
    },

    learnCount({ sessionId, agentId, model, body, text }, tokens, budget = UNLIMITED) {
      const { context } = memory.recognize({ sessionId, agentId, body }, budget);
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
  ): Solved {
    if (context.unrecorded) {
      // Its bills also count what was not recorded, which may change from request to request: nothing is learned from them.
      const members = membersOf(pieces);
      const present = members.filter((member) => member !== null);
      const all = learned.calibration(model);
      const calibration = believed(all, [together(present, billedInput(usage))]);
      const expected = members.map((member) => (member === null ? 0 : calibration.expect(member)));
      const solution = remainderSolution(expected, billedInput(usage));
      const known = members.map((member, index): Known => {
        const measurement = member === null ? null : calibration.measured(member);
        return measurement !== null && measurement.tokens === solution.tokens[index] ? measurement.known : 'scaled';
      });
      return { solution: { ...solution, known }, after: NOTHING_KNOWN, isContradicted: calibration !== all };
    }
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

/** Prices of a token of a billed request. */
function priceOf(
  { model, answeredBy, at, prices: overrides }: Pick<Bill, 'model' | 'answeredBy' | 'at' | 'prices'>,
  usage: Usage,
  body: unknown,
) {
  return priceBill({ usage, output: null, body, model, answeredBy, at, overrides }).prices;
}

/** Whether a later request of the thread, with a longer conversation, has ended before this one. */
function isOvertaken(link: Link<Thread> | null, { hashes }: Fingerprint, at: number): boolean {
  return link !== null && at < link.thread.cached.at && hashes.length < link.thread.fingerprint.hashes.length;
}

/** Without tokens for an answer that was cut off: its stream had only begun to count them. */
function answerOf(
  { message }: Pick<FinishedExchange, 'message'>,
  { output }: Usage,
  context: ThreadContext,
  budget: Budget,
): BilledAnswer {
  if (message?.complete !== true || output === null) return { pieces: [], tokens: 0 };
  return { pieces: answerPieces(message, context, budget), tokens: output };
}

function placeOf(id: RequestId, purpose: Purpose, link: Link<Thread> | null, startedBy: string | null): ThreadPlace {
  return {
    purpose,
    threadId: link?.thread.id ?? id,
    previousId: link?.thread.last ?? null,
    continuation: link?.continuation ?? null,
    startedBy,
  };
}
