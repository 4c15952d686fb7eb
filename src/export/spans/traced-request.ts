import { isRecord, type JsonRecord } from '../../base/json.js';
import { RecentMap } from '../../base/recent-map.js';
import { readJsonBody } from '../../history/json-body.js';
import { storedMessage } from '../../history/message.js';
import { DamagedContentError, NotFoundError, type Reader, type RequestRow } from '../../store/index.js';
import type { ExportedExchange } from '../exchange.js';
import { readExchange } from '../read-exchange.js';
import type { TracedRequest } from './request-span.js';
import type { CallingRequest } from './tool-spans.js';

/** Enough for the threads that run side by side. */
const MAX_REMEMBERED = 1_000;

/** What spans need to know of requests, and of those before them in their threads. */
export interface TracedRequests {
  /** @returns null when retention has freed it. `whole`: nothing of it is cut off or damaged */
  read(row: RequestRow): (TracedRequest & { whole: boolean }) | null;
  /** Who made the calls whose results this request brings; null when that is not known, or it brings them in vain. */
  callingRequest(row: RequestRow): CallingRequest | null;
}

type Before = Pick<RequestRow, 'id' | 'timestamp' | 'status' | 'latency_ms' | 'previous_id'>;

export function createTracedRequests(reader: Reader): TracedRequests {
  const remembered = new RecentMap<string, Before>(MAX_REMEMBERED);

  function remember(row: Before): void {
    const { id, timestamp, status, latency_ms, previous_id } = row;
    remembered.set(id, { id, timestamp, status, latency_ms, previous_id });
  }

  return {
    read(row) {
      remember(row);
      try {
        const exchange = readExchange(reader, row);
        return { row, ...messagesOf(exchange), whole: exchange.problems.length === 0 };
      } catch (error) {
        if (error instanceof NotFoundError) return null;
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

/** Their bodies are without content coding already: as redacted ones are kept. */
function messagesOf({ detail, requestBody, responseBody }: ExportedExchange): Pick<TracedRequest, 'body' | 'message'> {
  const sent = requestBody?.bytes;
  const answer = responseBody?.bytes;
  return {
    body: sent ? recordOrNull(readJsonBody(sent, [], true).body) : null,
    message: answer ? storedMessage(answer, detail?.response?.headers ?? [], true) : null,
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
