import type { CapturedRequest, CapturedResponse, HeaderList } from '../model/exchange.js';
import type { RunId } from '../model/ids.js';
import type { RuleHits } from '../model/rule-hits.js';
import { DEFAULT_DECODED_LIMIT, type HttpEvent } from '../wire/index.js';
import { captureRequest } from './exchange/capture-request.js';
import { captureResponse } from './exchange/capture-response.js';
import { type CaptureContext, type Ending, type ExchangeRecord, newRecord } from './exchange/exchange-record.js';
import { createKindOf, type KindOf, type ServerOf } from './exchange/kind.js';
import type { Redactor } from './redact/redactor.js';
import { ApiRules } from './rules/api-rules.js';
import type { PassiveRules } from './rules/passive-rules.js';

export interface RecorderOptions {
  runId: RunId;
  redactor: Redactor;
  /** Once for each exchange: when the request is complete or, if it never is, right before `onEnd`. */
  onRequest: (request: CapturedRequest) => void;
  /** Once for each exchange, after `onRequest` with the same request. */
  onEnd: (request: CapturedRequest, response: CapturedResponse) => void;
  /** Default: no addresses of MCP servers are known. */
  kindOf?: KindOf;
  /** Default: no exchange is one with an MCP server. */
  serverOf?: ServerOf;
  /** Default: no rules. */
  rules?: PassiveRules | null;
  /** What rules did with a request or its response, after `onRequest` or `onEnd`. */
  onHits?: (hits: RuleHits) => void;
  limits?: { decodedBytes: number };
}

export interface Recorder {
  /**
   * Ignores events of exchanges that began before this recorder. Throws what `onRequest` and `onEnd` throw, and is still ready
   * for the next event then.
   */
  handle(event: HttpEvent): void;
  /** No more events follow: open exchanges end as `interrupted`. @param at unix ms */
  finish(at: number): void;
  openExchanges(): string[];
  /** What was received of the answer to an open request of the Messages API; null without one. */
  answerSoFar(exchange: string): AnswerSoFar | null;
}

/** Not redacted. */
interface AnswerSoFar {
  headers: HeaderList;
  chunks: readonly { bytes: Uint8Array }[];
}

/** Makes captured requests and responses, which are safe to store, of wire events. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { runId, onRequest, onEnd, serverOf = () => null, rules = null, onHits } = options;
  const context: CaptureContext = {
    runId,
    kindOf: options.kindOf ?? createKindOf(),
    decodedLimit: options.limits?.decodedBytes ?? DEFAULT_DECODED_LIMIT,
    rules: rules && {
      api: rules.readsRequests || rules.readsAnswers ? new ApiRules(rules) : null,
      redactsMessages: rules.redactsMessages,
    },
  };
  const records = new Map<string, ExchangeRecord>();

  const begin = (head: ExchangeRecord['requestHead']): void => {
    const server = serverOf(head);
    const redactor = server === null ? options.redactor : options.redactor.ofServer(server);
    redactor.learnHeaders(head.headers);
    redactor.learnUrl(head.target);
    if (server !== null) options.redactor.learnHeaders(head.headers.filter(([name]) => !isChosenByServer(name)));
    records.set(head.exchange, newRecord(head, redactor));
  };

  const reportRequest = (record: ExchangeRecord, degraded: string | null): CapturedRequest => {
    const request = captureRequest(record, context, degraded);
    record.request = request;
    // The body may have 32 MB, and the response may stream for minutes.
    record.requestBody.forget();
    onRequest(request);
    reportHits(record, request.id, request.timestamps.received ?? request.timestamps.initiated);
    return request;
  };

  const reportHits = (record: ExchangeRecord, of: RuleHits['of'], at: number): void => {
    const { hits } = record;
    record.hits = [];
    if (hits.length > 0) onHits?.({ of, at, hits });
  };

  const end = (record: ExchangeRecord, ending: Ending): void => {
    records.delete(record.requestHead.exchange);
    const request = record.request ?? reportRequest(record, ending.degraded ?? 'the request did not end');
    const response = captureResponse(record, request, ending, context);
    onEnd(request, response);
    reportHits(record, response.id, ending.at);
  };

  const add = (record: ExchangeRecord, event: Exclude<HttpEvent, { type: 'request_head' }>): void => {
    switch (event.type) {
      case 'request_body':
        record.requestBody.add(event.bytes, event.at);
        break;
      case 'request_end':
        record.requestBody.end(event.size, event.truncated);
        record.requestEndedAt = event.at;
        reportRequest(record, null);
        break;
      case 'request_secrets':
        record.redactor.learnHeaders(event.headers);
        break;
      case 'response_head':
        record.redactor.learnHeaders(event.headers);
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
    },
    finish(at) {
      const error = 'claude-trace ended before the exchange did';
      const ending: Ending = { transport: 'interrupted', error, degraded: null, forwarded: null, delivered: null, at };
      for (const record of records.values()) end(record, ending);
    },
    openExchanges: () => [...records.keys()],
    answerSoFar(exchange) {
      const record = records.get(exchange);
      if (!record?.responseHead || context.kindOf(record.requestHead) !== 'messages') return null;
      return { headers: record.responseHead.headers, chunks: record.responseBody.chunks };
    },
  };
}

/**
 * Whether an MCP server may have chosen what a client sends in this header: its session id, a cookie, a token of its OAuth, or an argument
 * of a tool (`Mcp-Param-…`, 2026-07-28). The others are the client's own.
 */
function isChosenByServer(name: string): boolean {
  return /^(?:authorization|cookie|mcp-.*)$/i.test(name);
}
