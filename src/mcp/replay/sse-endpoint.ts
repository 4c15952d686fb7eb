import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describeError } from '../../base/error-text.js';
import { ReplayConnection, type ReplayOptions } from './connection.js';
import { INVALID_REQUEST, MAX_SESSIONS, NO_SESSION, openEvents, refuse, writeEvent } from './http-answer.js';
import type { Recording } from './recording.js';

export const SSE_PATH = '/sse';
export const MESSAGES_PATH = '/messages';

interface Stream {
  connection: ReplayConnection;
  response: ServerResponse;
}

/**
 * The transport of 2024-11-05: a GET opens a stream, whose first event names the address for the client's messages. All answers come
 * on the stream, and the session ends with it.
 */
export class SseEndpoint {
  readonly #recording: Recording;
  readonly #options: Pick<ReplayOptions, 'speed' | 'gate' | 'note'>;
  readonly #nextTape: () => number;
  readonly #streams = new Map<string, Stream>();

  /** @param nextTape the tape that a new session plays */
  constructor(recording: Recording, options: Pick<ReplayOptions, 'speed' | 'gate' | 'note'>, nextTape: () => number) {
    this.#recording = recording;
    this.#options = options;
    this.#nextTape = nextTape;
  }

  async open(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET') {
      response.setHeader('allow', 'GET');
      return refuse(response, 405, INVALID_REQUEST, 'Use GET, and POST messages to the address that it names.');
    }
    const id = randomUUID();
    const connection = new ReplayConnection(this.#recording, {
      ...this.#options,
      tape: this.#nextTape(),
      send: (message) => writeEvent(response, message),
      hasLines: false,
    });
    this.#streams.set(id, { connection, response });
    response.on('close', () => {
      this.#streams.delete(id);
      connection.close();
    });
    const [oldest] = this.#streams.size > MAX_SESSIONS ? this.#streams.values() : [];
    oldest?.response.end();
    openEvents(response);
    await writeEvent(response, Buffer.from(`${MESSAGES_PATH}?sessionId=${id}`), 'endpoint');
    await connection.open();
  }

  post(response: ServerResponse, sessionId: string | null, body: Buffer): void {
    const stream = this.#streams.get(sessionId ?? '');
    if (stream === undefined) {
      refuse(response, 404, NO_SESSION, 'Session not found.');
      return;
    }
    response.writeHead(202, { 'content-type': 'text/plain' }).end('Accepted');
    const { connection, response: events } = stream;
    connection
      .receive(body, (message) => writeEvent(events, message))
      .catch((error: unknown) => this.#options.note(`a request failed: ${describeError(error)}`));
  }

  close(): void {
    for (const { response } of this.#streams.values()) response.end();
  }
}
