import type { CapturedResponse, ExchangeState } from '../../model/exchange.js';
import { billedInput } from '../../model/usage.js';
import type { SaveBody } from '../bodies.js';
import type { ContentWriter } from '../content/content-writer.js';
import type { Database } from '../database.js';
import { RejectedRecordError } from '../errors.js';
import type { Aggregates } from './aggregates.js';
import { createChangeLog } from './changes.js';
import { headerBytes, isCompressed } from './save-request.js';

/** @param attribute stores what is said about it, with the same transaction; not called when it is stored already */
export type SaveResponse = (response: CapturedResponse, attribute: (request: number) => void) => void;

/**
 * Stores how an exchange ended. A repeated write changes nothing; a response to a request that another process took for
 * interrupted is stored all the same.
 *
 * Throws RejectedRecordError when the request is not stored.
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
      web_searches
    ) VALUES (
      @n, @id, @status, @reason, @error, @degraded, @headers, @firstByte, @responseEnd, @delivered, @ttftMs, @latencyMs,
      @proxyOverheadMs, @billed, @inputTokens, @uncached, @cacheRead, @cacheWrite5m, @cacheWrite1h, @output,
      @webSearches
    )`);

  const note = createChangeLog(db);

  function save(n: number, response: CapturedResponse): void {
    const { headers, body, timestamps, usage, state, message: _derivedFromBody, ...plain } = response;
    settle.run({ n, state, received: timestamps.received, forwarded: timestamps.forwarded });
    insert.run({
      ...plain,
      ...(usage ?? NOT_BILLED),
      n,
      headers: content.slice(headerBytes(headers)),
      firstByte: timestamps.firstByte,
      responseEnd: timestamps.responseEnd,
      delivered: timestamps.delivered,
      billed: usage ? 1 : 0,
      inputTokens: usage ? billedInput(usage) : null,
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
    });
  };
}

const NOT_BILLED = {
  uncached: null,
  cacheRead: null,
  cacheWrite5m: null,
  cacheWrite1h: null,
  output: null,
  webSearches: null,
};
