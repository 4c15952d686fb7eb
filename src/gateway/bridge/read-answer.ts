import { headerOf } from '../../base/headers.js';
import { readWhole } from '../../base/read-whole.js';
import { MAX_MESSAGE_BYTES, messagesIn, type RpcMessage } from '../../mcp/messages/index.js';
import { createSseParser } from '../../wire/sse.js';
import { UpstreamError } from '../upstream/upstream-error.js';
import type { UpstreamAnswer } from '../upstream/upstreams.js';

export const FIRST_RETRY_MS = 250;
export const LONGEST_RETRY_MS = 30_000;

/** Where a stream of events can go on. */
export interface Resume {
  lastId: string;
  retryMs: number;
}

/** Gets one message after the other. Resolves when it can take more. */
export type Take = (message: RpcMessage) => Promise<void>;

/**
 * Reads an answer of whatever type.
 * @returns where its stream can go on, or null
 */
export async function readAnswer(answer: UpstreamAnswer, take: Take): Promise<Resume | null> {
  if (/^text\/event-stream/i.test(headerOf(answer.headers, 'content-type') ?? '')) return readEvents(answer, take);
  await takeAll(messagesIn(await wholeBody(answer)), take);
  return null;
}

/** @returns where the stream can go on: null if the server gave its events no ids */
export async function readEvents({ body }: UpstreamAnswer, take: Take): Promise<Resume | null> {
  let lastId: string | null = null;
  let retryMs = FIRST_RETRY_MS;
  const found: RpcMessage[] = [];
  const parser = createSseParser(
    ({ event, data }) => {
      if (event === 'message' && data !== '') found.push(...messagesIn(Buffer.from(data)));
    },
    MAX_MESSAGE_BYTES,
    {
      onId: (id) => {
        lastId = id;
      },
      onRetry: (ms) => {
        retryMs = Math.min(ms, LONGEST_RETRY_MS);
      },
    },
  );
  try {
    for await (const bytes of body) {
      parser.push(bytes);
      await takeAll(found.splice(0), take);
    }
  } catch (error) {
    if (lastId === null || !(error instanceof UpstreamError)) throw error;
  }
  return lastId === null ? null : { lastId, retryMs };
}

/** @throws UpstreamError if it is longer than a message may be */
export function wholeBody({ body }: UpstreamAnswer): Promise<Buffer> {
  const tooLarge = () => new UpstreamError('too_large', `the answer has more than ${MAX_MESSAGE_BYTES} bytes`);
  return readWhole(body, MAX_MESSAGE_BYTES, tooLarge);
}

export async function discard({ body }: UpstreamAnswer): Promise<void> {
  for await (const _ of body);
}

async function takeAll(messages: readonly RpcMessage[], take: Take): Promise<void> {
  for (const message of messages) if (message.kind !== 'malformed') await take(message);
}
