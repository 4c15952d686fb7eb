import { RecentMap } from '../../base/recent-map.js';
import { addressOf, serverOfUrl } from '../../mcp/discover/server-of-url.js';
import { type RunId, ulidOf } from '../../model/ids.js';
import type { McpScope, McpTransport } from '../../model/mcp.js';
import type { McpWrite } from '../../model/mcp-write.js';
import { addressOfUrl } from '../exchange/kind.js';
import { type ConnectionContext, type OpenedConnection, RecordedConnection } from './connection.js';
import type { Connectors } from './connectors.js';

/** A server of Claude Code's configuration. */
export interface NamedServer {
  name: string;
  scope: McpScope;
  /** Null for stdio. */
  url: string | null;
}

interface HttpContext extends ConnectionContext {
  runId: RunId;
  servers(): readonly NamedServer[];
  connectors: Connectors;
}

const MAX_CONNECTIONS = 1_000;

/**
 * The connections to servers over HTTP. A legacy server may give its answer to `initialize` a session id, which all later requests
 * have. Without one, all requests of a run to one address are one connection: those to a modern server, and those before the first
 * `initialize`. A connection of the old transport (2024-11-05) is a stream, whose first event names the address of its requests.
 */
export class HttpConnections {
  readonly #context: HttpContext;
  readonly #bySession = new RecentMap<string, RecordedConnection>(MAX_CONNECTIONS);
  readonly #byEndpoint = new RecentMap<string, RecordedConnection>(MAX_CONNECTIONS);
  readonly #withoutSession = new RecentMap<string, RecordedConnection>(MAX_CONNECTIONS);
  /** Oldest first. */
  readonly #live = new Set<RecordedConnection>();
  readonly #opened = new RecentMap<string, number>(MAX_CONNECTIONS);

  constructor(context: HttpContext) {
    this.#context = context;
  }

  ofSession(url: URL, session: string, at: number): RecordedConnection {
    const key = `${addressOf(url)} ${session}`;
    return this.#bySession.take(key, () => this.#open(url, 'http', ulidOf(this.#context.runId, key), at));
  }

  /** The connection that this `initialize` opens. A modern request that the server refused before it belongs to it. */
  newSession(url: URL, session: string, at: number): RecordedConnection {
    const address = addressOf(url);
    const probed = this.#withoutSession.get(address);
    if (probed === undefined || probed.isReady || probed.isOver) return this.ofSession(url, session, at);
    this.#withoutSession.delete(address);
    this.#bySession.set(`${address} ${session}`, probed);
    return probed;
  }

  withoutSession(url: URL, at: number): RecordedConnection {
    const address = addressOf(url);
    return this.#withoutSession.take(address, () => {
      const n = this.#opened.get(address) ?? 0;
      this.#opened.set(address, n + 1);
      return this.#open(url, 'http', ulidOf(this.#context.runId, `${address} ${n}`), at);
    });
  }

  /** The connection of a request to an endpoint that a stream has named; undefined where none has. */
  ofEndpoint(url: URL): RecordedConnection | undefined {
    return this.#byEndpoint.get(url.href);
  }

  /** @param endpoint as the stream names it, absolute or relative to the address of the stream */
  newStream(url: URL, endpoint: string, exchange: string, at: number): RecordedConnection {
    const connection = this.#open(url, 'sse', exchange, at);
    if (URL.canParse(endpoint, url.href)) {
      const { href } = new URL(endpoint, url.href);
      this.#context.redactor.ofServer(addressOfUrl(url)).learnUrl(href);
      this.#byEndpoint.set(href, connection);
    }
    return connection;
  }

  /** The client says something: it may go on in a session that the server has refused. */
  used(connection: RecordedConnection): void {
    if (!connection.isOver) return;
    connection.reopen();
    this.#live.add(connection);
  }

  /** Ends those that are the oldest of too many. */
  endExcess(at: number): McpWrite[] {
    const [oldest] = this.#live;
    return this.#live.size > MAX_CONNECTIONS && oldest ? this.end(oldest, at) : [];
  }

  end(connection: RecordedConnection, at: number): McpWrite[] {
    this.#live.delete(connection);
    return connection.end({ at });
  }

  endAll(at: number): McpWrite[] {
    return [...this.#live].flatMap((connection) => this.end(connection, at));
  }

  #open(url: URL, transport: McpTransport, ulid: string, at: number): RecordedConnection {
    const { runId, servers, connectors } = this.#context;
    const known = serverOfUrl(servers(), url);
    const connector = known ? null : connectors.nameOf(url);
    const opened: OpenedConnection = {
      id: `mcps_${ulid}`,
      runId,
      sessionId: null,
      name: known?.name ?? connector ?? url.host,
      scope: known?.scope ?? (connector === null ? null : 'claude.ai'),
      transport,
      target: addressOf(url),
      startedAt: at,
    };
    const connection = new RecordedConnection(opened, this.#context);
    this.#live.add(connection);
    return connection;
  }
}
