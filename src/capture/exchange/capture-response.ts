import type { CapturedRequest, CapturedResponse, Timestamps } from '../../model/exchange.js';
import { responseId } from '../../model/ids.js';
import { encodingsOf } from '../../wire/index.js';
import { bounded, MAX_ERROR_LENGTH } from '../limits.js';
import { firstContentAt } from '../reply/first-content.js';
import { readReply } from '../reply/read-reply.js';
import { apiRequest } from './capture-request.js';
import { header } from './claude-ids.js';
import { exchangeEnd } from './exchange-end.js';
import type { CaptureContext, Ending, ExchangeRecord } from './exchange-record.js';
import { ruledBody } from './ruled-body.js';

/** The response as far as it was seen, without secrets, and how the exchange ended. */
export function captureResponse(
  record: ExchangeRecord,
  request: CapturedRequest,
  ending: Ending,
  context: CaptureContext,
): CapturedResponse {
  const { responseHead: head, responseBody: body, redactor } = record;
  const headers = head?.headers ?? [];
  const encodings = encodingsOf(headers);
  const wire = body.bytes();
  const { kind } = request;
  const safe = ruledBody(record, { bytes: wire, encodings, kind, cut: body.truncated }, context, (api, content, cut) =>
    api.answer(content, cut, header(headers, 'content-type'), apiRequest(record, null), record.asked),
  );
  const reply = readReply(request.kind, head, safe, redactor);
  const timestamps: Timestamps = {
    initiated: record.requestHead.at,
    received: record.requestEndedAt,
    forwarded: ending.forwarded,
    firstByte: head?.at ?? null,
    responseEnd: record.responseEndedAt,
    delivered: ending.delivered,
  };
  const firstContent = reply.streamed
    ? firstContentAt(body.chunks, encodings, safe.decoded, context.decodedLimit)
    : null;

  const clean = (text: string | null): string | null => (text === null ? null : redactor.text(text));
  const reason = clean(head?.reason ?? null);
  const { state, error } = exchangeEnd({
    transport: ending.transport,
    transportError: clean(ending.error),
    kind: request.kind,
    method: request.method,
    status: head?.status ?? null,
    reason,
    contentType: clean(header(headers, 'content-type')),
    message: reply.message,
    error: reply.error,
    isEmpty: body.size === 0,
    isReadable: !body.truncated && ending.degraded === null && (reply.message !== null || reply.body.degraded === null),
  });

  return {
    id: responseId(record.requestHead.exchange),
    requestId: request.id,
    correlationId: request.correlationId,
    state,
    error: bounded(error, MAX_ERROR_LENGTH),
    status: head?.status ?? null,
    reason,
    headers: redactor.headers(headers),
    body: body.captured(wire, reply.body),
    message: reply.message,
    usage: reply.usage,
    timestamps,
    ttftMs: since(timestamps.initiated, firstContent ?? timestamps.firstByte),
    latencyMs: Math.max(0, (ending.delivered ?? record.responseEndedAt ?? ending.at) - timestamps.initiated),
    proxyOverheadMs: overhead(timestamps),
    // Names of content codings are text of the server.
    degraded: bounded(clean(ending.degraded ?? reply.body.degraded), MAX_ERROR_LENGTH),
  };
}

function since(start: number, at: number | null): number | null {
  return at === null ? null : Math.max(0, at - start);
}

/** A body that ends with the connection is delivered before its end is known: that counts as no time, not as a negative one. */
function overhead({ initiated, forwarded, responseEnd, delivered }: Timestamps): number | null {
  if (forwarded === null || responseEnd === null || delivered === null) return null;
  return Math.max(0, forwarded - initiated) + Math.max(0, delivered - responseEnd);
}
