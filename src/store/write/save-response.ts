import { headerOf } from '../../base/headers.js';
import type { CapturedResponse, ExchangeState } from '../../model/exchange.js';
import { billedInput, type Usage } from '../../model/usage.js';
import type { SaveBody } from '../bodies.js';
import type { ContentWriter } from '../content/content-writer.js';
import { RejectedRecordError } from '../errors.js';
import type { Database } from '../sqlite.js';
import { encodeTerms } from '../terms.js';
import type { Aggregates } from './aggregates.js';
import { createChangeLog } from './changes.js';
import { createAnswerNotes } from './known-answers.js';
import { headerBytes, isCompressed } from './save-request.js';

/** @param attribute stores its attribution in the same transaction; not called when the response is already stored */
export type SaveResponse = (response: CapturedResponse, attribute: (request: number) => void) => void;

/**
 * Stores how an exchange ended. A repeated write changes nothing. A response to a request that another process has marked as
 * interrupted is stored, too.
 *
 * @throws RejectedRecordError when the request is not stored
 */
export function createResponseWriter(
  db: Database,
  content: ContentWriter,
  saveBody: SaveBody,
  aggregates: Aggregates,
): SaveResponse {
  const find = db.prepare<[string], { n: number; state: ExchangeState }>(
    'SELECT n, state FROM captured_requests WHERE id = ?',
  );
  const settle = db.prepare(`
    UPDATE captured_requests
    SET state = @state, received = coalesce(@received, received), forwarded = coalesce(@forwarded, forwarded)
    WHERE n = @n`);
  const insert = db.prepare(`
    INSERT INTO captured_responses (
      request, id, status, reason, error, degraded, headers, first_byte, response_end, delivered, ttft_ms, latency_ms,
      proxy_overhead_ms, billed, input_tokens, uncached, cache_read, cache_write_5m, cache_write_1h, output_tokens,
      output_known, web_searches, terms
    ) VALUES (
      @n, @id, @status, @reason, @error, @degraded, @headers, @firstByte, @responseEnd, @delivered, @ttftMs, @latencyMs,
      @proxyOverheadMs, @billed, @inputTokens, @uncached, @cacheRead, @cacheWrite5m, @cacheWrite1h, @output,
      @outputKnown, @webSearches, @terms
    )`);

  const note = createChangeLog(db);
  const noteAnswer = createAnswerNotes(db, content, aggregates);

  function save(n: number, response: CapturedResponse): void {
    const { headers, body, timestamps, usage, state, message: _derivedFromBody, ...plain } = response;
    settle.run({ n, state, received: timestamps.received, forwarded: timestamps.forwarded });
    insert.run({
      ...plain,
      ...billColumns(usage),
      n,
      headers: content.slice(headerBytes(headers)),
      firstByte: timestamps.firstByte,
      responseEnd: timestamps.responseEnd,
      delivered: timestamps.delivered,
    });
    saveBody(n, 'response', body, isCompressed(headers) && !body.redacted);
    note('request.ended', response.requestId);
  }

  return (response, attribute) => {
    const request = find.get(response.requestId);
    if (request === undefined) throw new RejectedRecordError(new Error(`the request of ${response.id} is not stored`));
    const { n, state } = request;
    if (state !== 'open' && state !== 'interrupted') return;
    aggregates.recount(n, () => {
      save(n, response);
      attribute(n);
      const id = answerIdOf(response);
      if (id) noteAnswer(n, id);
    });
  };
}

/**
 * The id by which an import knows the answer: of its message; else, where the beginning of a stream was missed, of its request.
 * Without a bill the answer has none: then the transcript has the only bill, and is imported beside the capture.
 */
function answerIdOf({ message, usage, headers }: CapturedResponse): string | null {
  if (message?.id) return message.id;
  if (usage === null) return null;
  return headerOf(headers, 'request-id');
}

/** How an exchange ended, and its bill. */
export type AnswerFacts = Pick<CapturedResponse, 'state' | 'error' | 'usage'>;

/** Replaces the facts of a stored response. Must be called inside `recount`, before its attribution, which completes them. */
export function createAnswerWriter(db: Database): (request: number, answer: AnswerFacts) => void {
  const settle = db.prepare('UPDATE captured_requests SET state = @state WHERE n = @request');
  const update = db.prepare(`
    UPDATE captured_responses SET
      error = @error, billed = @billed, input_tokens = @inputTokens, uncached = @uncached, cache_read = @cacheRead,
      cache_write_5m = @cacheWrite5m, cache_write_1h = @cacheWrite1h, output_tokens = @output, output_known = @outputKnown,
      web_searches = @webSearches, terms = @terms
    WHERE request = @request`);
  return (request, { state, error, usage }) => {
    settle.run({ request, state });
    update.run({ request, error, ...billColumns(usage) });
  };
}

/** The columns of a bill: names of `captured_responses` in camel case. */
function billColumns(usage: Usage | null) {
  if (usage === null) return NOT_BILLED;
  const { terms, ...counts } = usage;
  return {
    ...counts,
    billed: 1,
    inputTokens: billedInput(usage),
    outputKnown: usage.output === null ? 'unknown' : 'exact',
    terms: encodeTerms(terms),
  };
}

const NOT_BILLED = {
  billed: 0,
  inputTokens: null,
  outputKnown: 'unknown',
  terms: null,
  uncached: null,
  cacheRead: null,
  cacheWrite5m: null,
  cacheWrite1h: null,
  output: null,
  webSearches: null,
};
