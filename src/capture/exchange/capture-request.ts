import { isRecord, parseJson, stringOf } from '../../base/json.js';
import { isTooComplex, MAX_JSON_PARTS } from '../../base/json-limits.js';
import { parseRepeated } from '../../base/repeated-json.js';
import type { CapturedRequest } from '../../model/exchange.js';
import { requestId } from '../../model/ids.js';
import { encodingsOf } from '../../wire/index.js';
import { bounded, MAX_ERROR_LENGTH, MAX_ID_LENGTH } from '../limits.js';
import type { ApiRequest } from '../rules/api-rules.js';
import { claudeIds } from './claude-ids.js';
import type { CaptureContext, ExchangeRecord } from './exchange-record.js';
import { isOfModel, ruledBody } from './ruled-body.js';

/**
 * The request as far as it was seen, without secrets.
 * @param degraded why it is not whole on the wire. A body that cannot be decoded adds its own reason.
 */
export function captureRequest(
  record: ExchangeRecord,
  context: CaptureContext,
  degraded: string | null,
): CapturedRequest {
  const { requestHead: head, requestBody: body, redactor } = record;
  const kind = context.kindOf(head);
  const wire = body.bytes();
  const encodings = encodingsOf(head.headers);
  const safe = ruledBody(
    record,
    { bytes: wire, encodings, kind, cut: body.truncated },
    context,
    (api, content, cut) => {
      const ruled = api.request(content, cut, apiRequest(record, content));
      record.asked = ruled.asked;
      return ruled;
    },
  );
  const content = isOfModel(kind) ? safe.content : null;
  const json = content === null ? undefined : parseRepeated(content);
  const tooComplex =
    content !== null && json === undefined && isTooComplex(content.toString())
      ? `the request has more than ${MAX_JSON_PARTS} JSON values and was not read`
      : null;
  const fields = isRecord(json) ? json : {};
  const { sessionId, agentId, parentAgentId, promptId } = claudeIds(head.headers, json);
  const clean = (text: string | null, length = MAX_ID_LENGTH): string | null =>
    bounded(text === null ? null : redactor.text(text), length);

  return {
    id: requestId(head.exchange),
    correlationId: head.exchange,
    runId: context.runId,
    origin: 'wire',
    sessionId: clean(sessionId),
    agentId: clean(agentId),
    parentAgentId: clean(parentAgentId),
    promptId: clean(promptId),
    kind,
    method: redactor.text(head.method),
    url: redactor.url(urlOf(head)),
    host: head.host,
    httpVersion: head.httpVersion,
    headers: redactor.headers(head.headers),
    body: body.captured(wire, safe),
    model: clean(stringOf(fields.model)),
    streaming: fields.stream === true,
    timestamps: {
      initiated: head.at,
      received: record.requestEndedAt,
      forwarded: null,
      firstByte: record.responseHead?.at ?? null,
      responseEnd: null,
      delivered: null,
    },
    degraded: clean(degraded ?? safe.degraded ?? tooComplex, MAX_ERROR_LENGTH),
  };
}

/** @param content decoded; null where the session is not asked for */
export function apiRequest(
  { requestHead: head, redactor, request }: ExchangeRecord,
  content: Buffer | null,
): ApiRequest {
  const url = urlOf(head);
  const ofHeaders = claudeIds(head.headers, null).sessionId;
  const ofBody = () => claudeIds(head.headers, parseJson(content?.toString() ?? '')).sessionId;
  return {
    exchange: head.exchange,
    host: head.host,
    path: URL.canParse(url) ? new URL(url).pathname : url,
    sessionId: request === null ? (ofHeaders ?? ofBody()) : request.sessionId,
    at: head.at,
    redactor,
  };
}

/** Absolute form of the request target, without a default port. */
export function urlOf(head: ExchangeRecord['requestHead']): string {
  const { scheme, host, port, target } = head;
  if (/^https?:\/\//i.test(target)) return target;
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  const suffix = port === (scheme === 'https' ? 443 : 80) ? '' : `:${port}`;
  return `${scheme}://${name}${suffix}${target.startsWith('/') ? '' : '/'}${target}`;
}
