import type { IncomingMessage, ServerResponse } from 'node:http';
import { drained } from '../../base/drained.js';
import type { Step } from './tape-index.js';

/** Maximum number of sessions at a time; beyond it, the oldest is ended. */
export const MAX_SESSIONS = 1_000;

export const INVALID_REQUEST = -32600;
export const NO_SESSION = -32000;

/** The answer to a POST: one JSON document, or a stream of events if it has more than one message. */
export class HttpAnswer {
  readonly #response: ServerResponse;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #takesJson: boolean;
  readonly #takesEvents: boolean;
  #only: Buffer | null = null;
  /** Status of an answer that comes alone. Default: 200. */
  status = 200;

  constructor(request: IncomingMessage, response: ServerResponse, headers: Readonly<Record<string, string>> = {}) {
    const accept = request.headers.accept ?? '*/*';
    this.#response = response;
    this.#headers = headers;
    this.#takesEvents = /text\/event-stream/i.test(accept);
    this.#takesJson = /application\/(?:json|\*)|\*\/\*/i.test(accept) || !this.#takesEvents;
  }

  /** @returns false if the client accepts only the answer, and this is something else */
  async send(message: Buffer, kind: Step['kind']): Promise<boolean> {
    const isOpen = this.#response.headersSent;
    if (!isOpen && this.#only === null && kind === 'answer' && this.#takesJson) {
      this.#only = message;
      return true;
    }
    if (!this.#takesEvents) return false;
    if (!isOpen) openEvents(this.#response, this.#headers);
    if (this.#only !== null) {
      const first = this.#only;
      this.#only = null;
      await writeEvent(this.#response, first);
    }
    await writeEvent(this.#response, message);
    return true;
  }

  /** All of its requests are answered. Without any, the messages are accepted. */
  end(): void {
    const response = this.#response;
    if (response.headersSent) response.end();
    else if (this.#only === null) response.writeHead(202, this.#headers).end();
    else {
      const head = { ...this.#headers, 'content-type': 'application/json', 'content-length': this.#only.length };
      response.writeHead(this.status, head).end(this.#only);
    }
  }
}

export function openEvents(response: ServerResponse, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.flushHeaders();
}

/** Resolves when the client can take more, or is gone. */
export async function writeEvent(response: ServerResponse, data: Buffer, event = 'message'): Promise<void> {
  if (response.destroyed || response.writableEnded) return;
  const isTaken = response.write(Buffer.concat([Buffer.from(`event: ${event}\ndata: `), data, Buffer.from('\n\n')]));
  if (!isTaken) await drained(response);
}

export function refuse(response: ServerResponse, status: number, code: number, message: string): void {
  const body = JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message } });
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}
