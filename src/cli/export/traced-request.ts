import { isRecord, type JsonRecord } from '../../export/json.js';
import type { TracedRequest } from '../../export/spans/request-span.js';
import type { CallingRequest } from '../../export/spans/tool-spans.js';
import { DamagedContentError, NotFoundError, type Reader, type RequestRow } from '../../store/index.js';
import { readJsonBody } from '../json-body.js';
import { storedMessage } from '../stored-message.js';

/** Enough for the threads that run side by side. */
const MAX_REMEMBERED = 1_000;

/** What spans need to know of requests, and of those before them in their threads. */
export interface TracedRequests {
  /** @returns null when retention has freed it. `damaged`: something of it could not be read */
  read(row: RequestRow): (TracedRequest & { damaged: boolean }) | null;
  /** Who made the calls whose results this request brings; null when that is not known, or it brings them in vain. */
  callingRequest(row: RequestRow): CallingRequest | null;
}

type Before = Pick<RequestRow, 'id' | 'timestamp' | 'status' | 'latency_ms' | 'previous_id'>;

export function createTracedRequests(reader: Reader): TracedRequests {
  const remembered = new Map<string, Before>();

  function remember(row: Before): void {
    const { id, timestamp, status, latency_ms, previous_id } = row;
    remembered.set(id, { id, timestamp, status, latency_ms, previous_id });
    const [oldest] = remembered.keys();
    if (remembered.size > MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  }

  return {
    read(row) {
      remember(row);
      try {
        const { body, message } = readMessages(reader, row.id);
        return { row, body, message, damaged: false };
      } catch (error) {
        if (error instanceof NotFoundError) return null;
        if (error instanceof DamagedContentError) return { row, body: null, message: null, damaged: true };
        throw error;
      }
    },
    callingRequest(row) {
      if (row.status !== 200) return null; // sent again with the same results
      for (let id = row.previous_id; id !== null; ) {
        const before = remembered.get(id) ?? storedRow(reader, id);
        if (before === null) return null;
        if (before.status === 200) return { id, end: Date.parse(before.timestamp) + (before.latency_ms ?? 0) };
        id = before.previous_id;
      }
      return null;
    },
  };
}

function readMessages(reader: Reader, id: string): Pick<TracedRequest, 'body' | 'message'> {
  const { request_headers, request_body, response } = reader.request(id);
  const { body } = readJsonBody(reader.requestBody(id), request_headers, request_body.redacted);
  const bytes = response && reader.responseBody(id);
  return {
    body: recordOrNull(body),
    message: response && bytes && storedMessage(bytes, response.headers, response.body.redacted),
  };
}

function recordOrNull(body: unknown): JsonRecord | null {
  return isRecord(body) ? body : null;
}

function storedRow(reader: Reader, id: string): RequestRow | null {
  try {
    return reader.request(id);
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof DamagedContentError) return null;
    throw error;
  }
}
