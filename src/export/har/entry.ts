import { headerOf } from '../../base/headers.js';
import { toJsonRow } from '../../base/json-row.js';
import type { HeaderList } from '../../model/exchange.js';
import type { RequestDetail, RequestSummary } from '../../model/request.js';
import { type ExportedBody, type ExportedExchange, jsonBytes } from '../exported-exchange.js';
import { sentCookies, setCookies } from './cookies.js';

/**
 * One entry of a HAR 1.2 log (http://www.softwareishard.com/blog/har-12-spec/#entries). Bodies have no content coding, as in
 * the exports of browsers. Fields that the format does not define begin with `_`, as it demands.
 */
export function harEntry({ row, detail, requestBody, responseBody, problems }: ExportedExchange) {
  const timings = timingsOf(detail?.timestamps ?? null, row.latencyMs);
  return {
    startedDateTime: row.timestamp.toISOString(),
    time: timings.send + timings.wait + timings.receive,
    request: harRequest(row, detail, requestBody),
    response: harResponse(row, detail, responseBody),
    cache: {},
    timings,
    ...extras(row),
    ...(problems.length > 0 && { comment: problems.join('; '), _problems: problems }),
  };
}

/** What claude-trace knows beyond HTTP. */
function extras(row: RequestSummary) {
  return {
    _id: row.id,
    _kind: row.kind,
    _model: row.model,
    _origin: row.origin,
    _session_id: row.sessionId,
    _agent_id: row.agentId,
    _purpose: row.purpose,
    _thread_id: row.threadId,
    _state: row.state,
    _error: row.error,
    _tokens: toJsonRow(row.tokens),
    _cost_usd: row.costUsd,
    _unpriced: row.unpriced,
    _ttft_ms: row.ttftMs,
    _rating: row.rating,
    _sources: toJsonRow(row.sources),
  };
}

function harRequest(row: RequestSummary, detail: RequestDetail | null, body: ExportedBody | null) {
  const headers = detail?.requestHeaders ?? [];
  return {
    method: row.method,
    url: row.url,
    httpVersion: httpVersion(detail),
    cookies: sentCookies(headers),
    headers: harHeaders(headers),
    queryString: queryOf(row.url),
    ...(body?.bytes && body.bytes.length > 0 && { postData: postData(body.bytes, mimeType(headers)) }),
    headersSize: -1,
    bodySize: body?.info.size ?? -1,
  };
}

/** `postData` can hold text only: other bytes are in base64, with a comment. */
function postData(bytes: Uint8Array, mimeType: string) {
  const data = jsonBytes(bytes);
  return 'text' in data
    ? { mimeType, text: data.text }
    : { mimeType, text: data.base64, comment: 'base64', _encoding: 'base64' };
}

/** Browsers write status 0 for a response that never came. */
function harResponse(row: RequestSummary, detail: RequestDetail | null, body: ExportedBody | null) {
  const response = detail?.response ?? null;
  const headers = response?.headers ?? [];
  return {
    status: row.status ?? 0,
    statusText: response?.reason ?? '',
    httpVersion: httpVersion(detail),
    cookies: setCookies(headers),
    headers: harHeaders(headers),
    content: content(body, mimeType(headers)),
    redirectURL: headerOf(headers, 'location') ?? '',
    headersSize: -1,
    bodySize: body?.info.size ?? -1,
  };
}

function content(body: ExportedBody | null, mimeType: string) {
  if (!body?.bytes) return { size: 0, mimeType, ...(body?.problem && { comment: body.problem }) };
  const { bytes, info, problem } = body;
  const data = jsonBytes(bytes);
  return {
    size: bytes.length,
    compression: bytes.length - info.size,
    mimeType,
    ...('text' in data ? { text: data.text } : { text: data.base64, encoding: 'base64' }),
    ...(problem && { comment: problem }),
  };
}

/**
 * Milliseconds; -1 for what does not apply. http://www.softwareishard.com/blog/har-12-spec/#timings
 * Connections are made before the first request byte is seen, so the time that takes belongs to no request. A request
 * whose times are not known waited for all of its latency.
 */
function timingsOf(timestamps: RequestDetail['timestamps'] | null, latencyMs: number | null) {
  const connection = { blocked: -1, dns: -1, connect: -1, ssl: -1 };
  if (!timestamps?.received || !timestamps.firstByte) {
    return { ...connection, send: 0, wait: latencyMs ?? 0, receive: 0 };
  }
  const { initiated, received, firstByte, responseEnd, delivered } = timestamps;
  return {
    ...connection,
    send: between(initiated, received),
    wait: between(received, firstByte),
    receive: between(firstByte, delivered ?? responseEnd ?? firstByte),
  };
}

/** HAR has no negative times, but a response can begin before its request has ended. */
function between(from: Date, to: Date): number {
  return Math.max(0, to.getTime() - from.getTime());
}

function httpVersion(detail: RequestDetail | null): string {
  return detail ? `HTTP/${detail.httpVersion}` : '';
}

function harHeaders(headers: HeaderList) {
  return headers.map(([name, value]) => ({ name, value }));
}

function queryOf(url: string) {
  return URL.canParse(url) ? [...new URL(url).searchParams].map(([name, value]) => ({ name, value })) : [];
}

function mimeType(headers: HeaderList): string {
  return headerOf(headers, 'content-type') ?? 'application/octet-stream';
}
