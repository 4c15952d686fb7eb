import { isRecord, type JsonRecord, stringOf } from '../../base/json.js';
import { RecentMap } from '../../base/recent-map.js';
import type { McpCall, McpConnectionId, McpDefinition, McpMessageId, McpSender } from '../../model/mcp.js';
import { CALL_METHODS, type OpenCall, type Outcome, outcomeAt, sizeOf, stateAfter, tokensOf } from './call.js';
import { Definitions } from './definitions.js';
import { type ConnectionFacts, factsOfAnswer, factsOfRequest, modernOf, NO_FACTS } from './facts.js';
import { keyOf, OpenRequests } from './open-requests.js';
import { isRpcId, type RpcMessage } from './read-messages.js';

/** Where and when a message was seen. */
export interface Sighting {
  id: McpMessageId;
  sender: McpSender;
  /** Unix ms with fractions. */
  at: number;
  /** Correlation id of the HTTP exchange that carried it; null for stdio. */
  exchange: string | null;
  /** Whether a rule or a replay had a part in it. Default: false. */
  altered?: boolean;
  /** Whether a rule or a replay wrote it. Default: false. */
  rewritten?: boolean;
  /** Whether nobody received it. Default: false. */
  dropped?: boolean;
}

/** Whether a rule has dropped a message of the server. A client whose own message was dropped continues as if it was sent. */
function isLostAnswer({ sender, dropped = false }: Sighting): boolean {
  return dropped && sender === 'server';
}

/** The meaning of a message in its connection. */
export interface Tracked {
  /** Method of a request, also for its answer; null if it is unknown. */
  method: string | null;
  /** Name of the tool or prompt, or the URI of the resource; null without one. */
  name: string | null;
  /** The call that began or changed with the message, as it is now. */
  call: McpCall | null;
  /** New or changed with it. */
  definitions: McpDefinition[];
}

export interface TrackerOptions {
  connectionId: McpConnectionId;
  /** The tokens of a text. */
  estimateTokens(text: string): number;
}

/** Calls that wait for a retry or for the end of their task, and progress tokens; the oldest are forgotten. */
const MAX_WAITING = 1_000;
const MAX_TOKENS = 20_000;
const MAX_NAME_LENGTH = 512;
const MAX_METHOD_LENGTH = 256;
const MAX_REASON_LENGTH = 256;

/**
 * The reason that clients give when their own time limit passed: `McpError: MCP error -32001: Request timed out` of the official
 * SDK, which Claude Code uses.
 */
const TIMED_OUT = /\btim(?:ed?[ -]?out|eout)\b|-32001\b/i;

/**
 * Follows the messages of one connection, in the order in which they were seen: which answer belongs to which request, what became of
 * each call, and what is known of both parties. Ids are per direction.
 *
 * A call is one `tools/call`, `resources/read` or `prompts/get`, and ends with the answer that has its result: a call that is answered
 * by a task ends with the task (2025-11-25), and one that must be sent again with more input ends with the answer to the last retry
 * (2026-07-28).
 */
export class Tracker {
  readonly #options: TrackerOptions;
  readonly #open = new OpenRequests();
  readonly #definitions = new Definitions();
  /** By progress token, and by the exchange with it. */
  readonly #progress = new RecentMap<string, OpenCall>(MAX_TOKENS);
  readonly #tasks = new RecentMap<string, OpenCall>(MAX_WAITING);
  /** Calls that must be sent again, by their ids, with the key of their `requestState`. */
  readonly #retries = new RecentMap<string, { call: OpenCall; state: string | null }>(MAX_WAITING);
  #facts: ConnectionFacts = NO_FACTS;

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  /** What is known of the connection: one object until something changes. */
  get facts(): ConnectionFacts {
    return this.#facts;
  }

  take(message: RpcMessage, sighting: Sighting): Tracked {
    switch (message.kind) {
      case 'request':
        return this.#request(message, sighting);
      case 'notification':
        return this.#notification(message, sighting);
      case 'response':
      case 'error':
        return this.#answer(message, sighting);
      case 'malformed':
        return { method: null, name: null, call: null, definitions: [] };
    }
  }

  /**
   * An HTTP exchange has ended. refused: with an HTTP error, or without a response; aborted: the client left first; ended: anything
   * else. Without an answer, a refused call has failed. The end of a modern request's stream ends it too, and the client leaves to
   * cancel it; an older stream may be resumed by another exchange.
   * @returns the calls that changed
   */
  exchangeEnded(exchange: string, how: 'refused' | 'aborted' | 'ended', at: number): McpCall[] {
    const over = this.#open.ofExchange(exchange).filter(({ modern }) => how === 'refused' || modern !== null);
    for (const request of over) this.#open.remove(request);
    return [...unanswered(over.map(({ call }) => call))].map((call) => {
      call.state = how === 'aborted' ? 'cancelled' : 'rpc_error';
      if (how !== 'aborted') call.answeredAt = at;
      return { ...call };
    });
  }

  /** No more messages follow. @returns the calls that were open, as interrupted */
  ended(): McpCall[] {
    const waiting = [...this.#retries.values()].map(({ call }) => call);
    const asked = [...this.#open.all].map(({ call }) => call);
    return [...unanswered([...asked, ...waiting, ...this.#tasks.values()])].map((call) => {
      call.state = 'interrupted';
      return { ...call };
    });
  }

  #request(message: RpcMessage, sighting: Sighting): Tracked {
    const method = methodOf(message);
    const params = recordOf(message.body.params);
    const name = nameOf(params);
    const isFromClient = sighting.sender === 'client';
    const modern = isFromClient ? modernOf(params) : null;
    if (isFromClient) this.#facts = factsOfRequest(this.#facts, method, params);
    const isCall = isFromClient && CALL_METHODS.has(method);
    const call = isCall ? this.#callOf(method, name ?? '', params, sighting) : this.#taskOf(params);
    if (message.id !== null) {
      const { sender, exchange } = sighting;
      this.#open.add({ sender, key: keyOf(message.id), method, name, exchange, call, modern });
    }
    return { method, name, call: isCall && call ? { ...call } : null, definitions: [] };
  }

  #callOf(method: string, name: string, params: JsonRecord, sighting: Sighting): OpenCall {
    const { id, at, exchange, altered = false } = sighting;
    const meta = recordOf(params._meta);
    const toolUseId = stringOf(meta['claudecode/toolUseId'])?.slice(0, MAX_NAME_LENGTH) ?? null;
    const call = this.#retried(method, name, toolUseId, params) ?? {
      id: `mcpc_${id.slice('mcpm_'.length)}`,
      connectionId: this.#options.connectionId,
      method,
      name,
      toolUseId,
      request: id,
      answer: null,
      sentAt: at,
      firstProgressAt: null,
      answeredAt: null,
      state: 'open',
      resultBytes: null,
      tokensSaid: null,
      altered: false,
    };
    call.altered ||= altered;
    if (isRpcId(meta.progressToken)) {
      const token = keyOf(meta.progressToken);
      this.#progress.set(token, call);
      if (exchange !== null) this.#progress.set(`${exchange} ${token}`, call);
    }
    return call;
  }

  /** The call that is sent again with more input: of the same tool use and `requestState`, as far as it has them, if it is the only one. */
  #retried(method: string, name: string, toolUseId: string | null, params: JsonRecord): OpenCall | null {
    const state = typeof params.requestState === 'string' ? keyOf(params.requestState) : null;
    if (state === null && !isRecord(params.inputResponses)) return null;
    const candidates = this.#retries.values().filter(({ call, state: wanted }) => {
      const isSameUse = call.toolUseId === null || toolUseId === null || call.toolUseId === toolUseId;
      return call.state === 'open' && call.method === method && call.name === name && isSameUse && wanted === state;
    });
    const found = candidates.length === 1 ? (candidates[0]?.call ?? null) : null;
    if (found !== null) this.#retries.delete(found.id);
    return found;
  }

  /** The call whose task a request asks about. */
  #taskOf(params: JsonRecord): OpenCall | null {
    return typeof params.taskId === 'string' ? (this.#tasks.get(keyOf(params.taskId)) ?? null) : null;
  }

  #notification(message: RpcMessage, sighting: Sighting): Tracked {
    const method = methodOf(message);
    const params = recordOf(message.body.params);
    const tracked = { method, name: nameOf(params), definitions: [] };
    if (isLostAnswer(sighting)) return { ...tracked, call: null };
    const changed = this.#changedBy(method, params, message, sighting);
    return {
      ...tracked,
      name: tracked.name ?? changed?.call.name ?? null,
      call: changed?.isNews ? { ...changed.call } : null,
    };
  }

  #changedBy(
    method: string,
    params: JsonRecord,
    message: RpcMessage,
    { sender, at, exchange }: Sighting,
  ): { call: OpenCall; isNews: boolean } | null {
    if (sender === 'client' && method === 'notifications/cancelled' && isRpcId(params.requestId)) {
      const call = this.#open.find('client', params.requestId, exchange)?.call ?? null;
      if (call === null || call.state !== 'open') return null;
      call.state = isTimeout(params.reason) ? 'timeout' : 'cancelled';
      return { call, isNews: true };
    }
    if (sender === 'server' && method === 'notifications/progress' && isRpcId(params.progressToken)) {
      const token = keyOf(params.progressToken);
      const call = this.#progress.get(`${exchange} ${token}`) ?? this.#progress.get(token) ?? null;
      if (call === null || call.answeredAt !== null) return null;
      const isNews = call.firstProgressAt === null;
      call.firstProgressAt ??= at;
      return { call, isNews };
    }
    if (sender === 'server' && (method === 'notifications/tasks' || method === 'notifications/tasks/status')) {
      const call = this.#taskOf(params);
      return call && { call, isNews: this.#taskChanged(call, params, message, 'params', at) };
    }
    return null;
  }

  #answer(message: RpcMessage, sighting: Sighting): Tracked {
    const { sender, at, exchange } = sighting;
    const request = this.#open.find(sender === 'client' ? 'server' : 'client', message.id, exchange);
    if (request === null) return { method: null, name: null, call: null, definitions: [] };
    const { method, name, call } = request;
    if (call !== null && sighting.altered) call.altered = true;
    // The client still waits.
    if (isLostAnswer(sighting)) return { method, name, call: call && { ...call }, definitions: [] };
    this.#open.remove(request);
    if (sender === 'client') return { method, name, call: null, definitions: [] };
    this.#facts = factsOfAnswer(this.#facts, request, message, at);
    const { connectionId } = this.#options;
    const said = sighting.rewritten ? [] : this.#definitions.newIn(method, message);
    const definitions = said.map((definition) => ({ ...definition, connectionId, bytesGot: null }));
    const isChanged = call !== null && this.#answered(call, method, message, sighting);
    return { method, name: name ?? call?.name ?? null, call: isChanged ? { ...call } : null, definitions };
  }

  /** @returns whether the call changed */
  #answered(call: OpenCall, method: string, message: RpcMessage, { id, at }: Sighting): boolean {
    const result = recordOf(message.body.result);
    if (method === 'tasks/get' || method === 'tasks/cancel') {
      return message.kind === 'response' && this.#taskChanged(call, result, message, 'result', at, id);
    }
    if (CALL_METHODS.has(method) && message.kind === 'response') {
      if (result.resultType === 'input_required') {
        const state = typeof result.requestState === 'string' ? keyOf(result.requestState) : null;
        this.#retries.set(call.id, { call, state });
        return false;
      }
      const task = isRecord(result.task) ? result.task : result.resultType === 'task' ? result : {};
      if (typeof task.taskId === 'string') {
        this.#tasks.set(keyOf(task.taskId), call);
        return false;
      }
    } else if (!CALL_METHODS.has(method) && method !== 'tasks/result') return false;
    return this.#end(call, outcomeAt(message, message.kind === 'error' ? 'error' : 'result'), message, id, at);
  }

  /**
   * The state of a call's task. Since 2026-07-28 it has the result as well; before, `tasks/result` brings it.
   * @param field of the message that has the task
   */
  #taskChanged(
    call: OpenCall,
    task: JsonRecord,
    message: RpcMessage,
    field: 'result' | 'params',
    at: number,
    id: McpMessageId | null = null,
  ): boolean {
    if (isRecord(task.result)) return this.#end(call, outcomeAt(message, field, 'result'), message, id, at);
    if (isRecord(task.error)) return this.#end(call, outcomeAt(message, field, 'error'), message, id, at);
    if (task.status !== 'cancelled' || call.state !== 'open') return false;
    call.state = 'cancelled';
    return true;
  }

  #end(call: OpenCall, outcome: Outcome, message: RpcMessage, id: McpMessageId | null, at: number): boolean {
    if (call.answeredAt !== null) return false;
    call.state = stateAfter(call, outcome);
    call.answer = id;
    call.answeredAt = at;
    call.resultBytes = sizeOf(outcome, message);
    call.tokensSaid = tokensOf(outcome, message, this.#options.estimateTokens);
    return true;
  }
}

function unanswered(calls: readonly (OpenCall | null)[]): Set<OpenCall> {
  return new Set(calls.filter((call) => call !== null).filter(({ state }) => state === 'open'));
}

function recordOf(value: unknown): JsonRecord {
  return isRecord(value) ? value : {};
}

function methodOf({ method }: RpcMessage): string {
  return method?.slice(0, MAX_METHOD_LENGTH) ?? '';
}

function nameOf({ name, uri }: JsonRecord): string | null {
  return (stringOf(name) ?? stringOf(uri))?.slice(0, MAX_NAME_LENGTH) ?? null;
}

function isTimeout(reason: unknown): boolean {
  return typeof reason === 'string' && TIMED_OUT.test(reason.slice(0, MAX_REASON_LENGTH));
}
