import type { HeaderList } from '../model/exchange.js';
import type { RequestId } from '../model/ids.js';
import type { AssembledMessage } from '../model/message.js';
import type { ThreadAttribution } from '../model/thread.js';
import type { Usage } from '../model/usage.js';
import { attributePieces } from './attribute.js';
import type { PriceOverrides } from './prices.js';
import { createSessionMemory } from './session-memory.js';
import { weighRequest } from './weigh.js';

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
}

/** Attributes the exchanges of many sessions, each with what the earlier ones of its session taught. */
export interface Threads {
  /** In the order in which exchanges end. */
  attribute(exchange: FinishedExchange): ThreadAttribution;
  /** A `count_tokens` exchange: exact tokens of what its body holds. */
  learnCount(
    exchange: Pick<FinishedExchange, 'sessionId' | 'agentId' | 'model' | 'body' | 'text'>,
    tokens: number,
  ): void;
}

export function createThreads(prices: PriceOverrides): Threads {
  const memory = createSessionMemory();

  return {
    attribute({ id, sessionId, agentId, model, at, body, text, usage, message }) {
      const thread = memory.contextFor({ sessionId, agentId, body });
      memory.learn({ sessionId, body, message });
      const pieces = weighRequest(body, text, thread);
      const attribution = attributePieces(pieces, { usage, model, at, thread, solution: null, prices });
      const purpose = thread.agent === null ? 'main' : 'subagent';
      return {
        ...attribution,
        place: { purpose, thread: id, previous: null, continuation: null, startedBy: null },
        cacheMiss: null,
      };
    },
    learnCount() {},
  };
}
