import { now } from '../../../base/clock.js';
import type { JsonRecord } from '../../../base/json.js';
import { RecentMap } from '../../../base/recent-map.js';
import type { McpSender } from '../../../model/mcp.js';
import type { PauseEvent, PauseId } from '../../../model/paused-message.js';
import type { RuleFailure } from '../../../model/rule-failure.js';
import type { RuleSet } from '../../../rules/index.js';
import type { RuledLine } from '../../../wire/index.js';
import { addressOf, serverOfUrl } from '../../discover/server-of-url.js';
import type { RpcId } from '../../messages/read-messages.js';
import { ActiveRules } from '../active-rules.js';
import { FailureReports } from '../failure-reports.js';
import { RequestBook } from '../request-book.js';
import { type OtherStreams, RuledConnection } from '../ruled-connection.js';

/** A server of the configuration with a URL. */
export interface RuledServer {
  name: string;
  url: string;
  transport: 'http' | 'sse';
}

/** The rules of a run. */
export interface CurrentRules {
  set: RuleSet;
  text: string;
}

/** The stream of a session of 2024-11-05, on which requests of other exchanges are answered. */
export interface AnswerStream {
  /** An answer that a rule made. @param line what is recorded of it */
  answer(line: RuledLine): void;
  close(): void;
}

interface SessionOptions {
  server: string;
  transport: 'http' | 'sse';
  rules: Pick<ActiveRules, 'decide'>;
  onPause(event: PauseEvent): void;
  /** All open connections of the run. */
  open: Set<RuledConnection>;
}

/** A session of a client with a server over HTTP: the messages of all of its exchanges belong together. */
export class HttpSession implements OtherStreams {
  readonly #options: SessionOptions;
  readonly #startedAt = Math.round(now());
  readonly #books: Record<McpSender, RequestBook> = { client: new RequestBook(), server: new RequestBook() };
  readonly #streams = new Set<RuledConnection>();
  /** Whether a server has given it an id. */
  isNamed = false;
  /** Null if requests are answered in their own exchanges, or it has ended. */
  stream: AnswerStream | null = null;
  /** Address to which the client sends its messages; null for that of the server. */
  endpoint: URL | null = null;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Whether requests are answered on its stream, not in their own exchanges. */
  get answersOnStream(): boolean {
    return this.#options.transport === 'sse';
  }

  /** For the messages of one exchange. */
  open(events: { report(line: RuledLine): void; onRelieved(): void }): RuledConnection {
    const { open, ...options } = this.#options;
    const session = { id: null, tags: [], startedAt: this.#startedAt };
    const stream = new RuledConnection({ ...events, ...options, session, others: this });
    this.#streams.add(stream);
    open.add(stream);
    return stream;
  }

  /** An exchange has ended. */
  remove(stream: RuledConnection): void {
    this.#streams.delete(stream);
    this.#options.open.delete(stream);
  }

  note(sender: McpSender, bytes: Buffer): void {
    // Only requests are needed; results would fill the memory.
    if (bytes.includes('"method"')) this.#books[sender].note(bytes);
  }

  find(sender: McpSender, id: RpcId): JsonRecord | undefined {
    return this.#books[sender].find(id);
  }

  get isHolding(): boolean {
    return [...this.#streams].some((stream) => stream.isHolding);
  }

  cancel(sender: McpSender, id: RpcId): void {
    for (const stream of this.#streams) stream.cancel(sender, id);
  }
}

export interface HttpSessionsOptions {
  servers: readonly RuledServer[];
  rules: CurrentRules;
  onPause(event: PauseEvent): void;
  onRuleFailed(failure: RuleFailure): void;
  /** A message could not be decided on, and passed as it was. */
  onFailed(message: string): void;
}

/** A hostile client can invent session ids. */
const MAX_SESSIONS = 200;

/**
 * The sessions of a run with servers over HTTP, as the recorder distinguishes them: by `Mcp-Session-Id`; by the address of a server, for
 * requests without one; or by the address for messages that a stream of 2024-11-05 has named.
 */
export class HttpSessions {
  readonly #options: HttpSessionsOptions;
  readonly #byId = new RecentMap<string, HttpSession>(MAX_SESSIONS);
  readonly #byEndpoint = new RecentMap<string, HttpSession>(MAX_SESSIONS);
  readonly #withoutId = new RecentMap<string, HttpSession>(MAX_SESSIONS);
  /** Connections of the open exchanges. */
  readonly #open = new Set<RuledConnection>();
  #rules: CurrentRules;

  constructor(options: HttpSessionsOptions) {
    this.#options = options;
    this.#rules = options.rules;
  }

  /** The session of a request; null if it goes to no server of the configuration. */
  of(url: URL, id: string | null): HttpSession | null {
    const named = this.#byEndpoint.get(url.href);
    if (named !== undefined) return named;
    const server = serverOfUrl(this.#options.servers, url);
    if (server === undefined) return null;
    const address = addressOf(url);
    if (id === null) return this.#withoutId.take(address, () => this.#make(server, 'http'));
    return this.#byId.take(`${address} ${id}`, () => this.#make(server, 'http'));
  }

  /** The server has named the session that a request without an id began. */
  name(url: URL, id: string, session: HttpSession): void {
    const address = addressOf(url);
    // Another client has begun at the same time.
    if (session.isNamed) return;
    session.isNamed = true;
    this.#byId.set(`${address} ${id}`, session);
    if (this.#withoutId.get(address) === session) this.#withoutId.delete(address);
  }

  /** A stream of 2024-11-05 has named the address for messages. Null if that is on another host. */
  ofStream(url: URL, endpoint: string, stream: AnswerStream): HttpSession | null {
    const server = serverOfUrl(this.#options.servers, url);
    if (server === undefined || !URL.canParse(endpoint, url.href)) return null;
    const named = new URL(endpoint, url.href);
    if (named.origin !== url.origin) return null;
    const session = this.#make(server, 'sse');
    session.stream = stream;
    session.endpoint = named;
    this.#byEndpoint.set(named.href, session);
    return session;
  }

  /** Uses these rules for each message from now on. */
  use(rules: CurrentRules): void {
    this.#rules = rules;
  }

  /** A paused message may pass. */
  resume(id: PauseId): void {
    for (const stream of this.#open) if (stream.resume(id)) return;
  }

  #make({ name }: RuledServer, transport: 'http' | 'sse'): HttpSession {
    const { onPause, onRuleFailed, onFailed } = this.#options;
    const failures = new FailureReports((failure) => {
      onRuleFailed({ ...failure, server: name });
      return true;
    });
    const active = new ActiveRules(onFailed, failures);
    const rules: Pick<ActiveRules, 'decide'> = {
      decide: (subject, context) => {
        active.useSet(this.#rules.set, this.#rules.text);
        return active.decide(subject, context);
      },
    };
    return new HttpSession({ server: name, transport, rules, onPause, open: this.#open });
  }
}
