import { headerOf } from '../../../base/headers.js';
import { hostAndPort } from '../../../base/host-and-port.js';
import type { PipeEnd } from '../../../proxy/index.js';
import type {
  EmitHttpEvent,
  ObservedConnection,
  RequestHead,
  ResponseHead,
  RuledLine,
  WireExchange,
} from '../../../wire/index.js';
import type { RuledConnection } from '../ruled-connection.js';
import { answerServer } from './answer-server.js';
import type { Guarded } from './decide-body.js';
import type { HttpSession, HttpSessions } from './http-sessions.js';

export interface ExchangeMessagesOptions {
  connection: ObservedConnection;
  sessions: HttpSessions;
  emit: EmitHttpEvent;
  wire: Pick<WireExchange, 'id' | 'isAnswerCut'>;
  guarded: Guarded;
  /** Fewer messages are held than before. */
  onRelieved(): void;
  /** Adds an answer of a rule to the stream that this exchange has begun. */
  inject(line: RuledLine): void;
  /** A rule ends the connection. */
  close(): void;
  /** Opens the connection to upstream again. */
  redial(): Promise<PipeEnd>;
}

/** The messages of one exchange: the session that they belong to, and the rules that decide on them. */
export class ExchangeMessages {
  readonly #options: ExchangeMessagesOptions;
  #request: RequestHead | null = null;
  #url: URL | null = null;
  #session: HttpSession | null = null;
  /** Null before `open`, and after the end. */
  ruled: RuledConnection | null = null;
  /** An answer of a rule that goes to the client by another exchange. */
  #made: RuledLine | null = null;

  constructor(options: ExchangeMessagesOptions) {
    this.#options = options;
  }

  /** @param request its head decides to which session the messages belong */
  begin(request: RequestHead): void {
    const { connection, sessions } = this.#options;
    this.#request = request;
    this.#url = urlOf(connection, request.target);
    const id = headerOf(request.headers, 'mcp-session-id');
    // Clients of HTTP/1.0 do not understand chunks, and none of MCP speaks it.
    if (this.#url !== null && request.httpVersion === '1.1') this.#session = sessions.of(this.#url, id);
  }

  /** Whether the request goes to a server of the configuration. */
  get isOfServer(): boolean {
    return this.#session !== null;
  }

  /** Whether the request is answered by another exchange. */
  get answersOnStream(): boolean {
    return this.#session?.answersOnStream ?? false;
  }

  /** The rules on the messages; null if the request goes to no server of the configuration. */
  open(): RuledConnection | null {
    const session = this.#session;
    if (session === null) return null;
    this.ruled ??= session.open({
      report: this.#options.guarded((line: RuledLine) => {
        if (!line.ruled.made) this.record(line);
        else if (line.sender === 'client') this.#answerServer(line);
        else if (session.answersOnStream) this.#made = line;
        else this.record(line);
      }),
      onRelieved: this.#options.onRelieved,
    });
    return this.ruled;
  }

  /** Like `open`, for the messages of the answer, whose head may name the session. */
  openAnswer({ headers }: ResponseHead): RuledConnection | null {
    const id = headerOf(headers, 'mcp-session-id');
    if (id !== null && this.#session !== null && this.#url !== null) {
      this.#options.sessions.name(this.#url, id, this.#session);
    }
    return this.open();
  }

  /** Like `open`, for a stream of 2024-11-05, which has named the address for messages. */
  openStream(endpoint: string): RuledConnection | null {
    if (this.#url === null) return null;
    const { sessions, close, inject } = this.#options;
    const session = sessions.ofStream(this.#url, endpoint, {
      answer: (line) => {
        this.record(line);
        inject(line);
      },
      close,
    });
    if (session === null) return null;
    this.#remove();
    this.#session = session;
    return this.open();
  }

  /** Ends the stream by which the request would be answered. */
  closeStream(): void {
    this.#session?.stream?.close();
  }

  /** The answer of a rule to the request, which goes to the client by another exchange, or null. */
  takeMade(): RuledLine | null {
    const made = this.#made;
    this.#made = null;
    return made;
  }

  /** Sends the answer of a rule by the stream of the session. */
  answerOnStream(line: RuledLine): void {
    this.#session?.stream?.answer(line);
  }

  record(line: RuledLine): void {
    const { emit, wire } = this.#options;
    // The rest of the answer is not kept: it could not be assigned to a request.
    if (line.sender === 'server' && !line.ruled.dropped && wire.isAnswerCut) return;
    emit({ type: 'mcp_ruled', exchange: wire.id, line, at: line.at });
  }

  /** The exchange has ended. */
  end(): void {
    this.#remove();
    const session = this.#session;
    if (session?.answersOnStream && this.#request?.method === 'GET') session.stream = null;
  }

  #remove(): void {
    if (this.ruled !== null) this.#session?.remove(this.ruled);
    this.ruled = null;
  }

  #answerServer(line: RuledLine): void {
    const request = this.#request;
    if (request === null) return;
    const { connection, emit, redial } = this.#options;
    const endpoint = this.#session?.endpoint ?? null;
    const isAbsolute = !request.target.startsWith('/');
    const target =
      endpoint === null ? request.target : isAbsolute ? endpoint.href : endpoint.pathname + endpoint.search;
    void answerServer({ connection, emit, line, request, target, redial });
  }
}

/** Null if the target is not a URL or a path, such as `*`. */
function urlOf({ host, port, carriage }: ObservedConnection, target: string): URL | null {
  const scheme = carriage === 'tls' ? 'https' : 'http';
  const whole = target.startsWith('/') ? `${scheme}://${hostAndPort(host, port)}${target}` : target;
  return URL.canParse(whole) ? new URL(whole) : null;
}
