import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import type { JsonRecord } from '../../base/json.js';
import type { CapturedBody, CapturedRequest, CapturedResponse, Timestamps } from '../../model/exchange.js';
import { requestId, responseId } from '../../model/ids.js';
import { replyOfJson } from '../reply/assemble-message.js';
import type { Answer, Asked } from './conversation.js';
import type { RecordedRequest } from './recorded-requests.js';

/** A request and its answer from a transcript. The import adds its run. */
export interface TranscriptExchange {
  /** The body of the request, parsed. */
  json: unknown;
  request: Omit<CapturedRequest, 'runId'>;
  response: CapturedResponse;
}

/**
 * The exchange in the form of a captured one. The request has the recorded body; without a record, its body has only the model
 * and the conversation. For an answer that was stopped, the output is not billed.
 *
 * @param file its URL
 */
export function exchangeOf(
  answer: Answer,
  { messages, promptId, body, at }: Asked & Partial<RecordedRequest>,
  file: string,
): TranscriptExchange {
  const initiated = at ?? answer.at ?? 0;
  const correlationId = idOf(answer.messageId, initiated);
  const timestamps: Timestamps = {
    initiated,
    received: null,
    forwarded: null,
    firstByte: null,
    responseEnd: null,
    delivered: null,
  };
  const reply = replyTo(answer);
  const { message, usage } = replyOfJson(reply);
  const { json, bytes } = body === undefined ? conversationBody(answer.model, messages) : recordedBody(body);
  const isStopped = answer.interrupted && answer.stopReason === null;
  return {
    json,
    request: {
      id: requestId(correlationId),
      correlationId,
      origin: 'transcript',
      sessionId: answer.sessionId,
      agentId: answer.agentId,
      parentAgentId: null,
      promptId,
      kind: 'messages',
      method: 'POST',
      url: file,
      host: '',
      httpVersion: '',
      headers: [],
      body: bodyOf(bytes),
      model: answer.model,
      streaming: false,
      timestamps,
      degraded: null,
    },
    response: {
      id: responseId(correlationId),
      requestId: requestId(correlationId),
      correlationId,
      state: isStopped ? 'aborted' : 'complete',
      error: null,
      status: null,
      reason: null,
      headers: answer.requestId === null ? [] : [['request-id', answer.requestId]],
      body: bodyOf(Buffer.from(JSON.stringify(reply))),
      message,
      usage,
      timestamps,
      ttftMs: null,
      latencyMs: null,
      proxyOverheadMs: null,
      degraded: null,
    },
  };
}

interface Body {
  json: unknown;
  bytes: Buffer;
}

function recordedBody(json: JsonRecord): Body {
  return { json, bytes: Buffer.from(JSON.stringify(json)) };
}

function conversationBody(model: string | null, messages: Asked['messages']): Body {
  const parts: Buffer[] = [Buffer.from(`{"model":${JSON.stringify(model)},"messages":[`)];
  for (const [index, { role, content }] of messages.entries()) {
    parts.push(Buffer.from(`${index === 0 ? '' : ','}{"role":"${role}","content":[`));
    for (const [at, { json }] of content.entries()) parts.push(...(at === 0 ? [json] : [COMMA, json]));
    parts.push(END);
  }
  parts.push(END);
  const parsed = messages.map(({ role, content }) => ({ role, content: content.flatMap(({ blocks }) => blocks) }));
  return { json: { model, messages: parsed }, bytes: Buffer.concat(parts) };
}

const COMMA = Buffer.from(',');
/** Ends the list of messages, and the body. */
const END = Buffer.from(']}');

function replyTo({ messageId, model, stopReason, usage, content }: Answer): JsonRecord {
  const { output_tokens: _firstTokens, ...input } = usage;
  return {
    id: messageId,
    type: 'message',
    role: 'assistant',
    model,
    content: content.flatMap(({ blocks }) => blocks),
    stop_reason: stopReason,
    usage: stopReason === null ? input : usage,
  };
}

/** The hash of the bytes on the wire is not known. */
function bodyOf(bytes: Buffer): CapturedBody {
  return { bytes, sha256: null, size: bytes.length, truncated: false, redacted: false };
}

/** The same answer always gets the same id, so a repeated import writes nothing twice. */
function idOf(messageId: string, at: number): string {
  const bytes = createHash('sha256').update(messageId).digest();
  let next = 0;
  return ulid(at, () => (bytes[next++] ?? 0) / 256).toLowerCase();
}
