import type { CapturedRequest, CapturedResponse, HeaderList } from '../model/exchange.js';
import type { RunId } from '../model/ids.js';
import { DEFAULT_DECODED_LIMIT, type HttpEvent } from '../wire/index.js';
import { captureRequest } from './exchange/capture-request.js';
import { captureResponse } from './exchange/capture-response.js';
import { type CaptureContext, type Ending, type ExchangeRecord, newRecord } from './exchange/exchange-record.js';
import { kindOf } from './exchange/kind.js';
import type { Redactor } from './redact/redactor.js';

export interface RecorderOptions {
  runId: RunId;
  redactor: Redactor;
  /** Once for each exchange: when the request is complete, or, when it never was, right before `onEnd`. */
  onRequest: (request: CapturedRequest) => void;
  /** Once for each exchange, after `onRequest` with the same request. */
  onEnd: (request: CapturedRequest, response: CapturedResponse) => void;
  limits?: { decodedBytes: number };
}

export interface Recorder {
  /** What `onRequest` or `onEnd` throw comes out here; the recorder is ready for the next event all the same. */
  handle(event: HttpEvent): void;
  /** No more events will come: what is open ends as `interrupted`. `at` in unix milliseconds. */
  finish(at: number): void;
  /** Exchanges that have not ended. */
  open(): number;
  openExchanges(): string[];
  /** What has come of the answer to a request of the Messages API that has not ended; null where there is none. */
  answerSoFar(exchange: string): AnswerSoFar | null;
  /** Exchanges whose beginning this recorder never saw (it was started after them): their events are left out. */
  unknown(): number;
}

/** Not redacted. `chunks` are in the order in which they came, and more follow. */
interface AnswerSoFar {
  headers: HeaderList;
  chunks: readonly { bytes: Uint8Array }[];
}

/** Makes captured requests and responses, safe to store, of wire events. Runs beside the traffic, not in it. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { runId, redactor, onRequest, onEnd } = options;
  const context: CaptureContext = {
    runId,
    redactor,
    decodedLimit: options.limits?.decodedBytes ?? DEFAULT_DECODED_LIMIT,
  };
  const records = new Map<string, ExchangeRecord>();
  let unknown = 0;

  const begin = (head: ExchangeRecord['requestHead']): void => {
    redactor.learnHeaders(head.headers);
    redactor.learnUrl(head.target);
    records.set(head.exchange, newRecord(head));
  };

  const tellRequest = (record: ExchangeRecord, degraded: string | null): CapturedRequest => {
    const request = captureRequest(record, context, degraded);
    record.request = request;
    // It may be 32 MB, and the response may stream for minutes.
    record.requestBody.forget();
    onRequest(request);
    return request;
  };

  const end = (record: ExchangeRecord, ending: Ending): void => {
    records.delete(record.requestHead.exchange);
    const request = record.request ?? tellRequest(record, ending.degraded ?? 'the request did not end');
    onEnd(request, captureResponse(record, request, ending, context));
  };

  const add = (record: ExchangeRecord, event: Exclude<HttpEvent, { type: 'request_head' }>): void => {
    switch (event.type) {
      case 'request_body':
        record.requestBody.add(event.bytes, event.at);
        break;
      case 'request_end':
        record.requestBody.end(event.size, event.truncated);
        record.requestEndedAt = event.at;
        tellRequest(record, null);
        break;
      case 'response_head':
        redactor.learnHeaders(event.headers);
        record.responseHead = event;
        break;
      case 'response_body':
        record.responseBody.add(event.bytes, event.at);
        break;
      case 'response_end':
        record.responseBody.end(event.size, event.truncated);
        record.responseEndedAt = event.at;
        break;
      case 'settled':
        end(record, { ...event, transport: event.outcome });
        break;
    }
  };

  return {
    handle(event) {
      if (event.type === 'request_head') return begin(event);
      const record = records.get(event.exchange);
      if (record) add(record, event);
      // Each unknown exchange has exactly one of these.
      else if (event.type === 'settled') unknown++;
    },
    finish(at) {
      const error = 'claude-trace ended before the exchange did';
      const ending: Ending = { transport: 'interrupted', error, degraded: null, forwarded: null, delivered: null, at };
      for (const record of records.values()) end(record, ending);
    },
    open: () => records.size,
    openExchanges: () => [...records.keys()],
    answerSoFar(exchange) {
      const record = records.get(exchange);
      if (!record?.responseHead || kindOf(record.requestHead.host, record.requestHead.target) !== 'messages')
        return null;
      return { headers: record.responseHead.headers, chunks: record.responseBody.chunks };
    },
    unknown: () => unknown,
  };
}
