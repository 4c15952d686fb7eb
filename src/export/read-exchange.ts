import { isUtf8 } from 'node:buffer';
import type { HeaderList } from '../model/exchange.js';
import { DamagedContentError, type Reader, type RequestRow } from '../store/index.js';
import { decodeContent, encodingsOf } from '../wire/index.js';
import type { ExportedBody, ExportedExchange } from './exchange.js';

/** All that is stored of a request. What is damaged is left out, and said. @throws NotFoundError when it was freed meanwhile */
export function readExchange(reader: Reader, row: RequestRow): ExportedExchange {
  const detail = unlessDamaged(() => reader.request(row.id));
  if (detail instanceof DamagedContentError) {
    return { row, detail: null, requestBody: null, responseBody: null, problems: [detail.message] };
  }
  const { request_headers, response, damaged } = detail;
  const readRequest = () => reader.requestBody(row.id);
  const readResponse = () => reader.responseBody(row.id);
  const requestHeaders = damaged.includes('request headers') ? null : request_headers;
  const responseHeaders = damaged.includes('response headers') ? null : (response?.headers ?? null);
  const requestBody = readBody(detail.request_body, requestHeaders, readRequest);
  const responseBody = response && readBody(response.body, responseHeaders, readResponse);
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

/** @param headers null when nobody knows them */
function readBody(info: ExportedBody['info'], headers: HeaderList | null, read: () => Uint8Array | null): ExportedBody {
  const bytes = unlessDamaged(read);
  if (bytes instanceof DamagedContentError) return { info, bytes: null, problem: bytes.message };
  if (bytes === null) return { info, bytes: null, problem: null };
  const cut = info.truncated ? 'only its beginning was captured' : null;
  // A body that held a secret is kept decoded, whatever its headers say.
  if (info.redacted) return { info, bytes, problem: cut };
  // Text is what it was meant to be; other bytes may well be compressed.
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
