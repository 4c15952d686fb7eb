import { withoutByteOrderMark } from '../../base/byte-order-mark.js';
import { isAnswer, type RpcMessage, readMessages } from '../../mcp/messages/index.js';
import type { McpSender } from '../../model/mcp.js';
import type { McpWrite } from '../../model/mcp-write.js';
import { DEFAULT_DECODED_LIMIT, decodeContent, encodingsOf, type HttpEvent, type RuledLine } from '../../wire/index.js';
import { urlOf } from '../exchange/capture-request.js';
import { header } from '../exchange/claude-ids.js';
import { type AnswerFrame, type AnswerFrames, createAnswerFrames } from './answer-frames.js';
import type { FramePlace, RecordedConnection } from './connection.js';
import type { HttpConnections } from './http-connections.js';
import { type SeenMessage, seenMessages, unruled } from './seen-message.js';

type EventOf<Type extends HttpEvent['type']> = Extract<HttpEvent, { type: Type }>;

/** An exchange while it is open. */
interface Exchange {
  head: EventOf<'request_head'>;
  url: URL;
  session: string | null;
  request: Uint8Array[];
  /** Messages of the client that wait for their connection; null: the request is not complete. */
  messages: SeenMessage[] | null;
  /** Messages that rules applied to, and that were not seen in a body yet. */
  ruled: RuledLine[];
  sentAt: number;
  connection: RecordedConnection | null;
  /** No request of MCP. */
  isForeign: boolean;
  response: EventOf<'response_head'> | null;
  frames: AnswerFrames | null;
  pushed: number;
  size: number | null;
  /** Messages of the server so far. */
  answers: number;
  /** Messages of the server that were too many to be recorded. */
  dropped: number;
  /** Unix ms of the latest event. */
  at: number;
}

/**
 * Messages of one answer or stream that are recorded. Above that only answers to requests are: a flood of notifications that fits in
 * the bytes kept of a body would take minutes to store.
 */
const MAX_MESSAGES = 100_000;

/** Writes that are passed on together, at most: an answer may have a thousand messages in each of its pieces. */
const MAX_WRITES = 256;

/** Ids of answers begin behind those of the messages of any request. */
const FIRST_ANSWER = 2 ** 20;

/**
 * Reads the messages of HTTP exchanges with MCP servers while they are open: of a POST and of its answer, and of the streams that are
 * opened with GET.
 */
export class HttpExchanges {
  readonly #connections: HttpConnections;
  readonly #onWrite: (writes: McpWrite[]) => void;
  readonly #open = new Map<string, Exchange>();
  /** Writes of the event that is handled; null between events. */
  #writes: McpWrite[] | null = null;
  /** Connections whose own row is among these writes. */
  readonly #withRow = new Set<RecordedConnection>();

  constructor(connections: HttpConnections, onWrite: (writes: McpWrite[]) => void) {
    this.#connections = connections;
    this.#onWrite = onWrite;
  }

  handle(event: HttpEvent): void {
    this.#writes = [];
    try {
      this.#read(event);
    } finally {
      const writes = this.#writes;
      this.#writes = null;
      this.#write(writes);
    }
  }

  #read(event: HttpEvent): void {
    if (event.type === 'request_head') this.#begin(event);
    const exchange = this.#open.get(event.exchange);
    if (exchange === undefined) return;
    exchange.at = event.at;
    switch (event.type) {
      case 'request_body':
        exchange.request.push(event.bytes);
        break;
      case 'request_end':
        exchange.sentAt = event.at;
        this.#readRequest(exchange, event.size);
        this.#connect(exchange);
        break;
      case 'response_head':
        exchange.response = event;
        exchange.frames = createAnswerFrames(event.headers, (frame) => this.#answer(exchange, frame));
        this.#connect(exchange);
        break;
      case 'response_body':
        exchange.pushed += event.bytes.length;
        exchange.frames?.push(event.bytes);
        break;
      case 'response_end':
        exchange.size = event.size;
        break;
      case 'mcp_ruled':
        this.#ruled(exchange, event.line);
        break;
      case 'settled':
        this.#settle(exchange, event);
    }
  }

  /** No more events follow. */
  finish(at: number): void {
    for (const exchange of this.#open.values()) {
      exchange.at = at;
      this.#connect(exchange, true);
      exchange.frames?.end(null);
      if (exchange.dropped > 0) this.#write(exchange.connection?.lose(exchange.dropped) ?? []);
    }
    this.#open.clear();
  }

  #begin(head: EventOf<'request_head'>): void {
    const url = urlOf(head);
    if (!URL.canParse(url)) return;
    this.#open.set(head.exchange, {
      head,
      url: new URL(url),
      session: header(head.headers, 'mcp-session-id'),
      request: [],
      messages: null,
      ruled: [],
      sentAt: head.at,
      connection: null,
      isForeign: false,
      response: null,
      frames: null,
      pushed: 0,
      size: null,
      answers: 0,
      dropped: 0,
      at: head.at,
    });
  }

  #readRequest(exchange: Exchange, size: number | null): void {
    const { head, request } = exchange;
    const bytes = Buffer.concat(request);
    exchange.request = [];
    if (head.method !== 'POST') return;
    const encodings = encodingsOf(head.headers);
    const body = decodeContent(bytes, encodings, DEFAULT_DECODED_LIMIT);
    const missing = size === null ? 0 : Math.max(0, size - bytes.length);
    const text = body.ok ? withoutByteOrderMark(body.bytes) : Buffer.alloc(0);
    const messages = body.ok
      ? readMessages({ bytes: text, size: text.length + missing, truncated: missing > 0 || !body.complete })
      : [];
    exchange.messages = messages.map((message) => ruledAs(message, 'client', exchange));
    const isRpc = messages.some(({ kind }) => kind !== 'malformed') || claimsMcp(head);
    exchange.isForeign = exchange.messages.length === 0 || !isRpc;
  }

  /** Finds the connection of a POST as soon as it can be known, and passes on what the client said. @param isLast do not wait */
  #connect(exchange: Exchange, isLast = false): void {
    const { messages, url, session, at, response, head } = exchange;
    if (messages === null || exchange.isForeign || exchange.connection !== null) return;
    const opens = messages.some(({ message }) => message.method === 'initialize');
    if (session === null && opens && response === null && !isLast) return;
    const given = opens && response ? header(response.headers, 'mcp-session-id') : null;
    exchange.connection =
      session !== null
        ? this.#connections.ofSession(url, session, head.at)
        : (this.#connections.ofEndpoint(url) ??
          (given !== null
            ? this.#connections.newSession(url, given, head.at)
            : this.#connections.withoutSession(url, head.at)));
    const place = {
      record: head.exchange,
      index: 0,
      sender: 'client',
      at: exchange.sentAt,
      exchange: head.exchange,
    } as const;
    const { connection } = exchange;
    this.#connections.used(connection);
    this.#write(this.#connections.endExcess(at));
    this.#take(connection, messages, place);
    exchange.messages = [];
  }

  #answer(exchange: Exchange, frame: AnswerFrame): void {
    const { head, at, url } = exchange;
    if (exchange.messages === null && head.method === 'POST') this.#readRequest(exchange, null);
    this.#connect(exchange, true);
    // Other documents of the host are no messages.
    if (head.method === 'GET' && frame.event !== null) {
      if (exchange.connection === null && frame.event === 'endpoint') {
        exchange.connection = this.#connections.newStream(url, textOf(frame), head.exchange, head.at);
        this.#write(this.#connections.endExcess(at));
        return;
      }
      exchange.connection ??=
        exchange.session === null
          ? this.#connections.withoutSession(url, head.at)
          : this.#connections.ofSession(url, exchange.session, head.at);
    }
    if (exchange.connection === null || frame.event === 'endpoint') return;
    const isRefusal = (exchange.response?.status ?? 0) >= 400;
    // Errors of HTTP have bodies of any form.
    const read = readMessages(frame).filter(({ body }) => !isRefusal || body.jsonrpc === '2.0');
    const isFull = exchange.answers >= MAX_MESSAGES;
    const messages = isFull ? read.filter(isAnswer) : read;
    exchange.dropped += read.length - messages.length;
    const index = FIRST_ANSWER + exchange.answers;
    exchange.answers += messages.length;
    const place = { record: head.exchange, index, sender: 'server', at, exchange: head.exchange } as const;
    const seen = messages.map((message) => ruledAs(message, 'server', exchange));
    if (seen.length > 0) this.#take(exchange.connection, seen, place);
  }

  /** A message that rules applied to. One that they dropped on its way to the client is in no body. */
  #ruled(exchange: Exchange, line: RuledLine): void {
    if (line.sender === 'client' || !line.ruled.dropped) {
      exchange.ruled.push(line);
      return;
    }
    if (exchange.messages === null && exchange.head.method === 'POST') this.#readRequest(exchange, null);
    this.#connect(exchange, true);
    const { connection, head } = exchange;
    if (connection === null) return;
    const seen = seenMessages(line, line.ruled);
    const index = FIRST_ANSWER + exchange.answers;
    exchange.answers += seen.length;
    this.#take(connection, seen, {
      record: head.exchange,
      index,
      sender: 'server',
      at: line.at,
      exchange: head.exchange,
    });
  }

  #take(connection: RecordedConnection, messages: readonly SeenMessage[], place: FramePlace): void {
    const row = this.#withRow.has(connection) ? [] : [connection.row()];
    this.#withRow.add(connection);
    this.#write([...row, ...connection.take(messages, place)]);
  }

  #settle(exchange: Exchange, { outcome, degraded }: EventOf<'settled'>): void {
    const { head, at, response, frames, size, pushed } = exchange;
    this.#open.delete(head.exchange);
    if (exchange.messages === null && head.method === 'POST') this.#readRequest(exchange, null);
    this.#connect(exchange, true);
    const isRead = frames?.end(size === null ? null : Math.max(0, size - pushed)) ?? true;
    // What is missing of a stream without an end is not known.
    const isWhole = isRead && (frames === null || size !== null || degraded === null);
    const status = response?.status ?? null;
    if (head.method === 'DELETE' && exchange.session !== null) {
      exchange.connection = this.#connections.ofSession(exchange.url, exchange.session, head.at);
    }
    const { connection } = exchange;
    if (connection === null) return;
    const isRefused = status === null ? outcome !== 'aborted' : status >= 400;
    const how = isRefused ? 'refused' : outcome === 'aborted' ? 'aborted' : 'ended';
    const lost = exchange.dropped + (isWhole ? 0 : 1);
    this.#write([
      ...(lost === 0 ? [] : connection.lose(lost)),
      ...connection.exchangeEnded(head.exchange, how, at),
      ...(endsConnection(exchange, connection) ? this.#connections.end(connection, at) : []),
    ]);
  }

  #write(writes: McpWrite[]): void {
    const together = this.#writes ?? [];
    together.push(...writes);
    const isFull = together.length >= MAX_WRITES;
    if (this.#writes !== null && !isFull) return;
    if (this.#writes !== null) this.#writes = [];
    this.#withRow.clear();
    if (together.length > 0) this.#onWrite(together);
  }
}

/** A message of a body, with what rules did with it. */
function ruledAs(message: RpcMessage, sender: McpSender, { ruled }: Exchange): SeenMessage {
  const at = ruled.findIndex((line) => line.sender === sender && message.bytes.equals(line.bytes));
  const [line] = at === -1 ? [] : ruled.splice(at, 1);
  return (line && seenMessages(line, line.ruled)[0]) ?? unruled(message);
}

/** The client ends its session, the server knows it no longer, or the stream that is the connection has ended. */
function endsConnection({ head, session, response }: Exchange, { transport }: RecordedConnection): boolean {
  if (head.method === 'GET') return transport === 'sse';
  return session !== null && (head.method === 'DELETE' || response?.status === 404);
}

/** Whether a request that has no messages of MCP in its body should have some. */
function claimsMcp({ headers }: EventOf<'request_head'>): boolean {
  const isNamed = ['mcp-session-id', 'mcp-protocol-version', 'mcp-method'].some(
    (name) => header(headers, name) !== null,
  );
  return isNamed || (header(headers, 'accept')?.includes('text/event-stream') ?? false);
}

function textOf({ bytes }: AnswerFrame): string {
  return Buffer.from(bytes).toString().trim();
}
