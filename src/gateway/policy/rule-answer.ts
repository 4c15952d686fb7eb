import { setTimeout as delay } from 'node:timers/promises';
import Queue from 'yocto-queue';
import { asBuffer } from '../../base/as-buffer.js';
import { headerOf, headersOf } from '../../base/headers.js';
import { readWhole } from '../../base/read-whole.js';
import { MAX_MESSAGE_BYTES } from '../../mcp/messages/read-messages.js';
import { withMessages } from '../../mcp/ruled/batch-of.js';
import {
  EventSplitter,
  messageEvent,
  type SplitEvent,
  withData,
  withoutData,
} from '../../mcp/ruled/http/event-splitter.js';
import { isEventStream, isJson } from '../../mcp/ruled/http/headers.js';
import type { HeaderList } from '../../model/exchange.js';
import { abortSignalOf, type CancelSignal } from '../cancel-signal.js';
import type { Method } from '../request.js';
import { UpstreamError } from '../upstream/upstream-error.js';
import type { UpstreamAnswer } from '../upstream/upstreams.js';
import type { RuledExchange } from './ruled-exchange.js';

export interface AnswerOptions {
  exchange: RuledExchange;
  /** Method of the request. */
  method: Method;
  /** Answers of rules to other requests of the same batch. */
  made: readonly Buffer[];
  /** How long a client waits for an answer that a rule swallows. */
  hangMs: number;
  /** Aborted when nobody waits any longer. */
  signal: CancelSignal;
  /** Called when a rule answers a request of the server. */
  answerServer(bytes: Buffer): void;
}

const NO_BYTES = Buffer.alloc(0);
/** How often a part of a slow message is written. */
const PART_MS = 100;

/**
 * The answer of a server after its rules: a document as a whole, a stream event by event.
 * @throws UpstreamError if it cannot be checked, or a rule ends the connection
 */
export async function ruleAnswer(answer: UpstreamAnswer, options: AnswerOptions): Promise<UpstreamAnswer> {
  const { exchange, method, made } = options;
  const { headers, status } = answer;
  if (!exchange.concernsServer && made.length === 0) return answer;
  for (const name of ['content-type', 'content-encoding']) refuseRepeated(headers, name);
  const coding = headerOf(headers, 'content-encoding') ?? 'identity';
  if (coding !== 'identity') throw unchecked('malformed', `an answer coded as ${coding}`);
  const isDocument = isJson(headers);
  // Clients read a successful answer to GET as events, whatever its type.
  if (isEventStream(headers) || (method === 'GET' && status < 300)) {
    if (isDocument) throw unchecked('malformed', 'an answer of two types');
    return { ...answer, body: ruledEvents(answer.body, options) };
  }
  const tooLarge = () => unchecked('too_large', `an answer of more than ${MAX_MESSAGE_BYTES} bytes`);
  const document = await readWhole(answer.body, MAX_MESSAGE_BYTES, tooLarge);
  if (document.length === 0) {
    return made.length > 0 ? jsonAnswer(answer, withMessages(document, made)) : withBody(answer, document, null);
  }
  // Regardless of its type, since some client may take it for JSON. A document that is not JSON passes.
  const { bytes, bytesPerSecond } = await decideDocument(document, options);
  return withBody(answer, isDocument ? withMessages(bytes, made) : bytes, bytesPerSecond);
}

function decideDocument(
  document: Buffer,
  { exchange, hangMs, signal, answerServer }: AnswerOptions,
): Promise<{ bytes: Buffer; bytesPerSecond: number | null }> {
  return new Promise((resolve, reject) => {
    const nothing = { bytes: NO_BYTES, bytesPerSecond: null };
    exchange.decide('server', document, {
      pass: (changed, bytesPerSecond) => resolve({ bytes: changed ?? document, bytesPerSecond }),
      answer(bytes) {
        answerServer(bytes);
        resolve(nothing);
      },
      drop(isUnwanted) {
        if (isUnwanted) return resolve(nothing);
        const give = () => reject(new UpstreamError('timeout', 'a rule swallowed the answer'));
        delay(hangMs, undefined, { signal: abortSignalOf(signal), ref: false }).then(give, give);
      },
      close: () => reject(new UpstreamError('reset', 'a rule ended the connection')),
    });
  });
}

/** Bytes to write, and how fast. */
type Part = [bytes: Buffer, bytesPerSecond: number | null];

async function* ruledEvents(
  body: AsyncIterable<Uint8Array>,
  { exchange, made, answerServer }: AnswerOptions,
): AsyncGenerator<Uint8Array> {
  const { connection } = exchange;
  const parts = new Queue<Part>();
  for (const message of made) parts.enqueue([messageEvent(message), null]);
  let failure: UpstreamError | null = null;
  let wake: () => void = () => {};
  const write = (bytes: Buffer, bytesPerSecond: number | null) => {
    if (bytes.length > 0) parts.enqueue([bytes, bytesPerSecond]);
    wake();
  };
  const fail = (error: UpstreamError) => {
    failure ??= error;
    wake();
  };
  const onEvent = (event: SplitEvent) => {
    if (event.event === null && events.isInParts) {
      return fail(unchecked('too_large', `a message of more than ${MAX_MESSAGE_BYTES} bytes`));
    }
    if (event.event !== 'message' || event.data === null || event.data.length === 0) return write(event.raw, null);
    exchange.decide('server', event.data, {
      pass: (changed, speed) => write(changed === null ? event.raw : withData(event, changed), speed),
      answer(bytes) {
        answerServer(bytes);
        write(withoutData(event), null);
      },
      drop: () => write(withoutData(event), null),
      close: () => fail(new UpstreamError('reset', 'a rule ended the connection')),
    });
  };
  const events = new EventSplitter(onEvent, MAX_MESSAGE_BYTES);
  exchange.onRelieved = () => wake();
  const source = body[Symbol.asyncIterator]();
  let isOver = false;
  let reading: Promise<void> | null = null;
  const read = async () => {
    try {
      const { value, done } = await source.next();
      if (done) {
        events.end();
        isOver = true;
      } else events.push(asBuffer(value));
    } catch (error) {
      fail(error instanceof UpstreamError ? error : new UpstreamError('reset', String(error)));
    }
    reading = null;
    wake();
  };
  try {
    for (;;) {
      for (const part of parts.drain()) yield* paced(...part);
      if (failure !== null) throw failure;
      if (isOver && !connection.isHolding) return;
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (!isOver && reading === null && !connection.isFull('server')) reading = read();
      await woken;
    }
  } finally {
    await source.return?.();
  }
}

async function* paced(bytes: Buffer, bytesPerSecond: number | null): AsyncGenerator<Buffer> {
  if (bytesPerSecond === null) {
    yield bytes;
    return;
  }
  const size = Math.max(1, Math.floor((bytesPerSecond * PART_MS) / 1_000));
  for (let at = 0; at < bytes.length; at += size) {
    const part = bytes.subarray(at, at + size);
    await delay((part.length * 1_000) / bytesPerSecond);
    yield part;
  }
}

function withBody(answer: UpstreamAnswer, body: Buffer, bytesPerSecond: number | null): UpstreamAnswer {
  const headers = answer.headers.filter(([name]) => name.toLowerCase() !== 'content-length');
  return {
    ...answer,
    headers: [...headers, ['content-length', String(body.length)]],
    body: paced(body, bytesPerSecond),
  };
}

function jsonAnswer(answer: UpstreamAnswer, body: Buffer): UpstreamAnswer {
  return withBody({ ...answer, status: 200, headers: [['content-type', 'application/json']] }, body, null);
}

/** @throws UpstreamError for a header that is repeated: the client could take the other one */
function refuseRepeated(headers: HeaderList, name: string): void {
  if (headersOf(headers, name).length > 1) throw unchecked('malformed', `an answer with two headers ${name}`);
}

function unchecked(kind: 'malformed' | 'too_large', what: string): UpstreamError {
  return new UpstreamError(kind, `${what} cannot be checked`);
}
