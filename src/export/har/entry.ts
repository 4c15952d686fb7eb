import type { HeaderList } from '../../model/exchange.js';
import type { RequestDetail, RequestRow } from '../../store/index.js';
import { type ExportedBody, type ExportedExchange, jsonBytes } from '../exported-exchange.js';
import { sentCookies, setCookies } from './cookies.js';

/**
 * One entry of a HAR 1.2 log (http://www.softwareishard.com/blog/har-12-spec/#entries). Bodies have no content coding, as in
 * the exports of browsers. Fields that the format does not define begin with `_`, as it demands.
 */
export function harEntry({ row, detail, requestBody, responseBody, problems }: ExportedExchange) {
  const timings = timingsOf(detail?.timestamps ?? null, row.latency_ms);
  return {
    startedDateTime: row.timestamp,
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
function extras(row: RequestRow) {
  return {
    _id: row.id,
    _kind: row.kind,
    _model: row.model,
    _session_id: row.session_id,
    _agent_id: row.agent_id,
    _purpose: row.purpose,
    _thread_id: row.thread_id,
    _state: row.state,
    _error: row.error,
    _tokens: row.tokens,
    _cost_usd: row.cost_usd,
    _unpriced: row.unpriced,
    _ttft_ms: row.ttft_ms,
    _rating: row.rating,
    _sources: row.sources,
  };
}

function harRequest(row: RequestRow, detail: RequestDetail | null, body: ExportedBody | null) {
  const headers = detail?.request_headers ?? [];
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
function harResponse(row: RequestRow, detail: RequestDetail | null, body: ExportedBody | null) {
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
  if (!timestamps?.received || !timestamps.first_byte) {
    return { ...connection, send: 0, wait: latencyMs ?? 0, receive: 0 };
  }
  const { initiated, received, first_byte, response_end, delivered } = timestamps;
  return {
    ...connection,
    send: between(initiated, received),
    wait: between(received, first_byte),
    receive: between(first_byte, delivered ?? response_end ?? first_byte),
  };
}

/** HAR has no negative times, but a response can begin before its request has ended. */
function between(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}

function httpVersion(detail: RequestDetail | null): string {
  return detail ? `HTTP/${detail.http_version}` : '';
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

function headerOf(headers: HeaderList, wanted: string): string | null {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? null;
}
