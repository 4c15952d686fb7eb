import type { HeaderList } from '../../model/exchange.js';
import type { RequestDetail, RequestRow } from '../../store/index.js';
import type { ExportedBody, ExportedExchange } from '../exchange.js';
import { jsonBytes } from '../text.js';
import { sentCookies, setCookies } from './cookies.js';
import { timingsOf, timingsWithout, wholeTime } from './timings.js';

/**
 * One entry of a HAR 1.2 log (http://www.softwareishard.com/blog/har-12-spec/#entries). Bodies are without their content
 * coding, as browsers export them. What the format has no field for begins with `_`, as it asks.
 */
export function harEntry({ row, detail, requestBody, responseBody, problems }: ExportedExchange) {
  const timings = detail ? timingsOf(detail) : timingsWithout(row.latency_ms);
  return {
    startedDateTime: row.timestamp,
    time: wholeTime(timings),
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

/** `postData` can hold text only: other bytes are in base64, and said to be. */
function postData(bytes: Uint8Array, mimeType: string) {
  const data = jsonBytes(bytes);
  return 'text' in data
    ? { mimeType, text: data.text }
    : { mimeType, text: data.base64, comment: 'base64', _encoding: 'base64' };
}

/** Status 0 is what browsers write for an answer that never came. */
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
