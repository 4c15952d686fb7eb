import { isRecord, type JsonRecord } from '../../base/json.js';
import { RecentMap } from '../../base/recent-map.js';
import { readJsonBody } from '../../history/json-body.js';
import { storedMessage } from '../../history/message.js';
import type { AssembledMessage } from '../../model/message.js';
import type { RequestSummary } from '../../model/request.js';
import type { RuleHit } from '../../model/rule.js';
import { DamagedContentError, NotFoundError, type Reader } from '../../store/index.js';
import { readExchange } from '../exported-exchange.js';

/** A request as spans are made of it. */
export interface TracedRequest {
  row: RequestSummary;
  /** The parsed request body; null when it is not a JSON object or cannot be read. */
  body: JsonRecord | null;
  /** The answer, or null. */
  message: AssembledMessage | null;
  /** What rules did with it and its answer. Default: nothing. */
  hits?: readonly RuleHit[];
}

/** The answered request before in the thread, whose answer made the tool calls. */
export interface CallingRequest {
  id: string;
  /** When its answer had arrived, unix ms. */
  end: number;
}

/** Requests, and those before them in their threads, as spans need them. */
export interface TracedRequests {
  /** @returns null when retention has removed it. `isWhole`: nothing of it is cut off or damaged */
  read(row: RequestSummary): (TracedRequest & { isWhole: boolean }) | null;
  /** The request that made the calls whose results this one brings; null when it is not known, or this one was not answered. */
  callingRequest(row: RequestSummary): CallingRequest | null;
}

type Earlier = Pick<RequestSummary, 'id' | 'timestamp' | 'status' | 'latencyMs' | 'previousId'>;

/** Enough for the threads that run side by side. */
const MAX_REMEMBERED = 1_000;

export function createTracedRequests(reader: Reader): TracedRequests {
  const remembered = new RecentMap<string, Earlier>(MAX_REMEMBERED);

  return {
    read(row) {
      const { id, timestamp, status, latencyMs, previousId } = row;
      remembered.set(id, { id, timestamp, status, latencyMs, previousId });
      return unlessRemoved(() => {
        const { detail, requestBody, responseBody, problems } = readExchange(reader, row);
        // Exported bodies are decoded.
        const body = requestBody?.bytes && readJsonBody(requestBody.bytes, [], true).body;
        const headers = detail?.response?.headers ?? [];
        const message = responseBody?.bytes ? storedMessage(responseBody.bytes, headers, true) : null;
        return {
          row,
          body: isRecord(body) ? body : null,
          message,
          hits: reader.requestHits(id),
          isWhole: problems.length === 0,
        };
      });
    },
    callingRequest(row) {
      // An unanswered request is repeated with the same results.
      if (row.status !== 200) return null;
      for (let id = row.previousId; id !== null; ) {
        const earlier = remembered.get(id) ?? storedRequest(reader, id);
        if (earlier === null) return null;
        if (earlier.status === 200) return { id, end: earlier.timestamp.getTime() + (earlier.latencyMs ?? 0) };
        id = earlier.previousId;
      }
      return null;
    },
  };
}

function storedRequest(reader: Reader, id: string): RequestSummary | null {
  try {
    return unlessRemoved(() => reader.request(id));
  } catch (error) {
    if (error instanceof DamagedContentError) return null;
    throw error;
  }
}

/** Null if retention has removed it. */
export function unlessRemoved<Stored>(read: () => Stored): Stored | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotFoundError) return null;
    throw error;
  }
}
