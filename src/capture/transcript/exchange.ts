import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import type { CapturedBody, CapturedRequest, CapturedResponse, Timestamps } from '../../model/exchange.js';
import { requestId, responseId } from '../../model/ids.js';
import { replyOfJson } from '../reply/assemble-message.js';
import type { Answer, Asked } from './conversation.js';
import type { RecordedRequest } from './recorded-requests.js';

/** A request and its answer as a transcript has them; the run is that of the import. */
export interface TranscriptExchange {
  request: Omit<CapturedRequest, 'runId'>;
  response: CapturedResponse;
}

/**
 * The exchange in the form of a captured one. Its body is the recorded one; without a record it has the model and the conversation,
 * and nothing that the transcript does not have. An answer that was stopped has no bill of its output.
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
  const { message, usage } = replyOfJson(JSON.parse(reply));
  const isStopped = answer.interrupted && answer.stopReason === null;
  return {
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
      body: bodyOf(body === undefined ? conversationBody(answer.model, messages) : JSON.stringify(body)),
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
      body: bodyOf(reply),
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

function conversationBody(model: string | null, messages: Asked['messages']): string {
  const conversation = messages.map(({ role, json }) => `{"role":"${role}","content":[${json}]}`).join(',');
  return `{"model":${JSON.stringify(model)},"messages":[${conversation}]}`;
}

function replyTo({ messageId, model, stopReason, usage, json }: Answer): string {
  const { output_tokens: _firstTokens, ...input } = usage;
  const bill = stopReason === null ? input : usage;
  const [id, by, reason, billed] = [messageId, model, stopReason, bill].map((value) => JSON.stringify(value));
  return `{"id":${id},"type":"message","role":"assistant","model":${by},"content":[${json}],"stop_reason":${reason},"usage":${billed}}`;
}

/** The hash of the wire is not known. */
function bodyOf(text: string): CapturedBody {
  const bytes = Buffer.from(text);
  return { bytes, sha256: null, size: bytes.length, truncated: false, redacted: false };
}

/** The same answer always gets the same id, so a repeated import writes nothing twice. */
function idOf(messageId: string, at: number): string {
  const bytes = createHash('sha256').update(messageId).digest();
  let next = 0;
  return ulid(at, () => (bytes[next++] ?? 0) / 256).toLowerCase();
}
