import { isUtf8 } from 'node:buffer';
import { asBuffer } from '../base/as-buffer.js';
import type { HeaderList } from '../model/exchange.js';
import type { BodyInfo, RequestDetail, RequestSummary } from '../model/request.js';
import { DamagedContentError, type Reader } from '../store/index.js';
import { decodeContent, encodingsOf } from '../wire/index.js';

/** A stored body as exports carry it. */
export interface ExportedBody {
  info: BodyInfo;
  /** Without its content coding, or with it where that cannot be undone; null where the stored body cannot be read. */
  bytes: Uint8Array | null;
  /** Why `bytes` is not the whole, decoded body; null when it is. */
  problem: string | null;
}

/** Everything that is stored of one request. */
export interface ExportedExchange {
  row: RequestSummary;
  /** Null when it cannot be read: damage never costs a request its row. */
  detail: RequestDetail | null;
  /** Null without detail. */
  requestBody: ExportedBody | null;
  /** Null without a response. */
  responseBody: ExportedBody | null;
  /** What cannot be read or is cut off; empty when nothing is missing. */
  problems: string[];
}

/** Leaves out what is damaged, and says so. @throws NotFoundError when retention has removed the request in the meantime */
export function readExchange(reader: Reader, row: RequestSummary): ExportedExchange {
  const detail = unlessDamaged(() => reader.request(row.id));
  if (detail instanceof DamagedContentError) {
    return { row, detail: null, requestBody: null, responseBody: null, problems: [detail.message] };
  }
  const { response, damaged } = detail;
  const requestHeaders = damaged.includes('request headers') ? null : detail.requestHeaders;
  const responseHeaders = damaged.includes('response headers') ? null : (response?.headers ?? null);
  const requestBody = readBody(detail.requestBody, requestHeaders, () => reader.requestBody(row.id));
  const responseBody = response && readBody(response.body, responseHeaders, () => reader.responseBody(row.id));
  return {
    row,
    detail,
    requestBody,
    responseBody,
    problems: [
      ...damaged.filter((part) => part.endsWith('headers')).map((part) => `The stored ${part} are damaged.`),
      ...(requestBody.problem === null ? [] : [`request body: ${requestBody.problem}`]),
      ...(responseBody?.problem ? [`response body: ${responseBody.problem}`] : []),
    ],
  };
}

/** @param headers null when they are damaged */
function readBody(info: ExportedBody['info'], headers: HeaderList | null, read: () => Uint8Array | null): ExportedBody {
  const bytes = unlessDamaged(read);
  if (bytes instanceof DamagedContentError) return { info, bytes: null, problem: bytes.message };
  if (bytes === null) return { info, bytes: null, problem: null };
  const cut = info.truncated ? 'only its beginning was captured' : null;
  // Redacted bodies are stored decoded, whatever their headers say.
  if (info.redacted) return { info, bytes, problem: cut };
  // Text is not compressed; other bytes may be.
  if (headers === null) return { info, bytes, problem: cut ?? (isUtf8(bytes) ? null : 'maybe still encoded') };
  const decoded = decodeContent(bytes, encodingsOf(headers));
  if (!decoded.ok) return { info, bytes, problem: `still encoded: ${decoded.reason}` };
  return { info, bytes: decoded.bytes, problem: cut ?? (decoded.complete ? null : 'it ends too early') };
}

function unlessDamaged<Stored>(read: () => Stored): Stored | DamagedContentError {
  try {
    return read();
  } catch (error) {
    if (error instanceof DamagedContentError) return error;
    throw error;
  }
}

/** Bytes inside JSON: as text where they are UTF-8, else in base64. */
export function jsonBytes(bytes: Uint8Array): { text: string } | { base64: string } {
  const buffer = asBuffer(bytes);
  return isUtf8(buffer) ? { text: buffer.toString('utf8') } : { base64: buffer.toString('base64') };
}
