import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { describeError } from '../../base/error-text.js';
import { parseRecord } from '../../base/json.js';
import { fieldBytes } from '../../base/json-splice.js';
import { listenOn } from '../../base/listen-on.js';
import { isForeign, isOwnName } from '../../base/own-host.js';
import { headerMismatch } from '../messages/modern-headers.js';
import { MAX_MESSAGE_BYTES, messagesIn } from '../messages/read-messages.js';
import { ReplayConnection, type ReplayOptions } from './connection.js';
import {
  HttpAnswer,
  INVALID_REQUEST,
  MAX_SESSIONS,
  NO_SESSION,
  openEvents,
  refuse,
  writeEvent,
} from './http-answer.js';
import { eraOf, type Recording } from './recording.js';
import { MESSAGES_PATH, SSE_PATH, SseEndpoint } from './sse-endpoint.js';
import { LEGACY_VERSIONS, MODERN_VERSION, TOO_OLD, UNSUPPORTED_VERSION } from './unrecorded.js';

export interface HttpOptions extends Pick<ReplayOptions, 'speed' | 'gate' | 'note'> {
  /** 0: a free port. */
  port: number;
}

export interface HttpReplay {
  /** Where clients find the server. */
  url: string;
  /** Address for clients of 2024-11-05. */
  sseUrl: string;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const PATH = '/mcp';

/** Messages that wait for a stream of their session; the oldest are dropped. */
const MAX_WAITING = 1_000;

const HEADER_MISMATCH = -32020;

/**
 * Plays a server over HTTP, to programs of this machine. Streamable HTTP has sessions if the first tape is of a legacy server, but
 * not if it is of 2026-07-28; the transport of 2024-11-05 has an address of its own.
 * @throws CannotListenError
 */
export async function serveHttp(recording: Recording, { port, ...options }: HttpOptions): Promise<HttpReplay> {
  const [head] = recording.heads;
  const isModern = head !== undefined && eraOf(head) === 'modern';
  let opened = 0;
  const nextTape = () => Math.min(opened++, recording.heads.length - 1);
  const streamable = isModern
    ? new ModernEndpoint(recording, options)
    : new LegacyEndpoint(recording, options, nextTape);
  const sse = new SseEndpoint(recording, options, nextTape);
  const server = createServer((request, response) => {
    handle(request, response, { streamable, sse }).catch((error: unknown) => {
      options.note(`a request failed: ${describeError(error)}`);
      if (!response.headersSent) refuse(response, 500, INVALID_REQUEST, 'Internal error');
      response.destroy();
    });
  });
  const origin = `http://${HOST}:${await listenOn(server, 'server', HOST, port)}`;
  return {
    url: `${origin}${PATH}`,
    sseUrl: `${origin}${SSE_PATH}`,
    close() {
      streamable.close();
      sse.close();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface Endpoints {
  streamable: ModernEndpoint | LegacyEndpoint;
  sse: SseEndpoint;
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { streamable, sse }: Endpoints,
): Promise<void> {
  const { host, origin, 'sec-fetch-site': site } = request.headers;
  // A page of another site, or one behind a rebound DNS name.
  if (!isOwnName(host, HOST) || isForeign({ host, origin, site: typeof site === 'string' ? site : undefined })) {
    return refuse(response, 403, NO_SESSION, 'Only programs on this machine may connect.');
  }
  const { pathname, searchParams } = new URL(request.url ?? '/', `http://${HOST}`);
  if (pathname === SSE_PATH) return sse.open(request, response);
  const isMessages = pathname === MESSAGES_PATH && request.method === 'POST';
  if (pathname !== PATH && !isMessages) {
    return refuse(
      response,
      404,
      INVALID_REQUEST,
      `The server is at ${PATH}; for clients of 2024-11-05, at ${SSE_PATH}.`,
    );
  }
  if (request.method !== 'POST') return streamable.other(request, response);
  const body = await bodyOf(request);
  if (body === null) {
    return refuse(response, 413, INVALID_REQUEST, `A message may have at most ${MAX_MESSAGE_BYTES / 1024 / 1024} MB.`);
  }
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    return refuse(response, 415, INVALID_REQUEST, 'The content type must be application/json.');
  }
  if (isMessages) return sse.post(response, searchParams.get('sessionId'), body);
  await streamable.post(request, response, body);
}

/** Null if it is too large. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= MAX_MESSAGE_BYTES) chunks.push(chunk);
  }
  return size > MAX_MESSAGE_BYTES ? null : Buffer.concat(chunks);
}

type EndpointOptions = Omit<HttpOptions, 'port'>;

/** 2026-07-28: each request is complete in itself. Older clients are served without sessions. */
class ModernEndpoint {
  readonly #connection: ReplayConnection;

  constructor(recording: Recording, options: EndpointOptions) {
    // What belongs to no request is for listening streams, which the connection knows.
    this.#connection = new ReplayConnection(recording, { ...options, send: () => {}, hasLines: false });
  }

  async post(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const mismatch = headerMismatch(request.headers, parseRecord(body.toString()) ?? {});
    if (mismatch !== null) return refuse(response, 400, HEADER_MISMATCH, `Bad Request: ${mismatch}.`);
    const answer = new HttpAnswer(request, response);
    const left = new AbortController();
    response.on('close', () => left.abort());
    await this.#connection.receive(
      body,
      async (message, kind) => {
        if (fieldBytes(message, 'error', 'code')?.toString() === String(UNSUPPORTED_VERSION)) answer.status = 400;
        await answer.send(message, kind);
      },
      left.signal,
    );
    answer.end();
  }

  other(_request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('allow', 'POST');
    refuse(response, 405, INVALID_REQUEST, `Servers of ${MODERN_VERSION} take only POST.`);
  }

  close(): void {
    this.#connection.close();
  }
}

interface Session {
  connection: ReplayConnection;
  /** The stream for messages that belong to no request. */
  stream: ServerResponse | null;
  waiting: Buffer[];
}

/** 2025-03-26 to 2025-11-25: `initialize` opens a session, and each session plays a tape from its beginning. */
class LegacyEndpoint {
  readonly #recording: Recording;
  readonly #options: EndpointOptions;
  readonly #nextTape: () => number;
  readonly #sessions = new Map<string, Session>();

  constructor(recording: Recording, options: EndpointOptions, nextTape: () => number) {
    this.#recording = recording;
    this.#options = options;
    this.#nextTape = nextTape;
  }

  async post(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const messages = messagesIn(body);
    const id = sessionIdOf(request);
    if (messages.some(({ method }) => method === 'initialize')) return this.#open(request, response, body);
    if (messages.some(({ method }) => method === 'server/discover')) {
      return refuse(response, 400, TOO_OLD.code, TOO_OLD.message);
    }
    const session = this.#find(request, response, id);
    if (session !== null) await this.#answer(session, request, response, body);
  }

  async other(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'DELETE') {
      response.setHeader('allow', 'GET, POST, DELETE');
      return refuse(response, 405, INVALID_REQUEST, 'Use POST, GET or DELETE.');
    }
    const id = sessionIdOf(request);
    const session = this.#find(request, response, id);
    if (session === null) return;
    if (request.method === 'DELETE') {
      this.#end(id ?? '', session);
      response.writeHead(200).end();
      return;
    }
    session.stream?.end();
    session.stream = response;
    openEvents(response);
    // First of all: the client may leave while it gets what has waited.
    response.on('close', () => {
      if (session.stream === response) session.stream = null;
    });
    for (const message of session.waiting.splice(0)) await writeEvent(response, message);
  }

  close(): void {
    for (const [id, session] of this.#sessions) this.#end(id, session);
  }

  async #open(request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    const id = randomUUID();
    const tape = this.#nextTape();
    const send = (message: Buffer) => this.#sendBeside(session, message);
    const session: Session = {
      connection: new ReplayConnection(this.#recording, { ...this.#options, tape, send, hasLines: false }),
      stream: null,
      waiting: [],
    };
    this.#sessions.set(id, session);
    const [oldest] = this.#sessions;
    if (this.#sessions.size > MAX_SESSIONS && oldest) this.#end(...oldest);
    void session.connection.open();
    await this.#answer(session, request, response, body, { 'mcp-session-id': id });
  }

  async #answer(
    session: Session,
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
    headers: Record<string, string> = {},
  ): Promise<void> {
    const answer = new HttpAnswer(request, response, headers);
    await session.connection.receive(body, async (message, kind) => {
      if (!(await answer.send(message, kind))) await this.#sendBeside(session, message);
    });
    answer.end();
  }

  async #sendBeside({ stream, waiting }: Session, message: Buffer): Promise<void> {
    if (stream !== null) return writeEvent(stream, message);
    waiting.push(message);
    if (waiting.length > MAX_WAITING) waiting.shift();
  }

  #find(request: IncomingMessage, response: ServerResponse, id: string | null): Session | null {
    const version = request.headers['mcp-protocol-version'];
    if (typeof version === 'string' && !LEGACY_VERSIONS.includes(version)) {
      refuse(
        response,
        400,
        NO_SESSION,
        `Bad Request: the recorded server does not know the protocol version ${version}.`,
      );
      return null;
    }
    const session = this.#sessions.get(id ?? '') ?? null;
    if (id === null) refuse(response, 400, NO_SESSION, 'Bad Request: the Mcp-Session-Id header is missing.');
    else if (session === null) refuse(response, 404, NO_SESSION, 'Session not found.');
    return session;
  }

  #end(id: string, { connection, stream }: Session): void {
    this.#sessions.delete(id);
    connection.close();
    stream?.end();
  }
}

function sessionIdOf({ headers }: IncomingMessage): string | null {
  const id = headers['mcp-session-id'];
  return typeof id === 'string' ? id : null;
}
