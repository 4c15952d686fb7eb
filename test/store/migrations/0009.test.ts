import { expect, it } from 'vitest';
import { openReader, verifyFile } from '../../../src/store/index.js';
import { oldDatabase } from './old-database.js';

interface Old {
  state: string;
  /** Null: no response is stored. */
  response: { status: number | null; error: string | null; ended: boolean; billed: boolean } | null;
}

const ended = (status: number | null, error: string | null, more: object = {}) => ({
  status,
  error,
  ended: true,
  billed: error === null,
  ...more,
});

const OLD: Record<string, Old> = {
  whole: { state: 'complete', response: ended(200, null) },
  refused: { state: 'complete', response: ended(429, 'rate_limit_error: Slow down') },
  page502: { state: 'complete', response: ended(502, null, { billed: false }) },
  errorInside: { state: 'complete', response: ended(200, 'overloaded_error: Overloaded', { billed: true }) },
  stopped: { state: 'aborted', response: ended(200, 'the client closed', { billed: true, ended: false }) },
  brokenInside: { state: 'failed', response: ended(200, 'upstream reset', { billed: true, ended: false }) },
  brokenBefore: { state: 'failed', response: ended(null, 'upstream reset', { ended: false }) },
  lost: { state: 'interrupted', response: null },
  open: { state: 'open', response: null },
};

/** A database of the version with migration 0008: these requests, and hours that also count removed requests. */
function landed(): string {
  const { file, db } = oldDatabase(8);
  db.exec(`
    INSERT INTO runs VALUES (1, 'run_1', 1, 0, 1, 'claude', '/project', '0.1.0');
    INSERT INTO sessions VALUES (1, 's', 1, 0, 1);
    INSERT INTO slices VALUES (1, x'00112233445566778899aabbccddeeff', 0, 2, x'5b5d')`);
  const request = db.prepare(`
    INSERT INTO captured_requests (id, correlation_id, run, session, kind, state, method, url, host, http_version, model,
      streaming, headers, initiated)
    VALUES (@id, @name, 1, 1, 'messages', @state, 'POST', 'https://x/', 'x', '1.1', 'claude-x', 1, 1, 3600000)`);
  const response = db.prepare(`
    INSERT INTO captured_responses (request, id, status, reason, error, headers, response_end, latency_ms, billed, input_tokens,
      uncached, cache_read, cache_write_5m, cache_write_1h, output_tokens, web_searches, input_cost_usd, output_cost_usd)
    VALUES (@n, @name, @status, 'Words', @error, 1, @end, 10, @billed, @input, @input, 0, 0, 0, @output, 0, @cost, @cost)`);
  for (const [name, { state, response: answer }] of Object.entries(OLD)) {
    const n = request.run({ id: `req_${name}`, name, state }).lastInsertRowid;
    if (answer === null) continue;
    const { status, error, ended: end, billed } = answer;
    const figures = billed
      ? { billed: 1, input: 100, output: 1, cost: 0.5 }
      : { billed: 0, input: null, output: null, cost: null };
    response.run({ n, name, status, error, end: end ? 2 : null, ...figures });
  }
  db.exec(`
    INSERT INTO request_hours
    SELECT hour, session, model, sum(requests) + 5, sum(billed) + 4, sum(failed) + 1, sum(priced) + 4, sum(input_tokens) + 400,
      sum(cache_read), sum(cache_write), sum(output_tokens) + 40, sum(input_cost_usd) + 4, sum(cost_usd) + 8, sum(lost_tokens),
      sum(lost_usd), sum(latency_ms) + 50, sum(overhead_ms), sum(overhead_known), sum(feedback_count), sum(rating_sum)
    FROM request_contributions GROUP BY hour, session, model`);
  db.close();
  return file;
}

it('sets how each request ended, and removes figures that were not billed', () => {
  const reader = openReader(landed());
  const rows = new Map(reader.page({}, { limit: 50 }).map((row) => [row.correlationId, row]));
  const told = Object.fromEntries([...rows].map(([name, { state, error }]) => [name, [state, error]]));
  expect(told).toEqual({
    whole: ['complete', null],
    refused: ['failed', 'rate_limit_error: Slow down'],
    page502: ['failed', 'HTTP 502 Words'],
    errorInside: ['failed', 'overloaded_error: Overloaded'],
    stopped: ['aborted', 'the client closed'],
    brokenInside: ['cut_off', 'upstream reset'],
    brokenBefore: ['failed', 'upstream reset'],
    lost: ['interrupted', expect.any(String)],
    open: ['open', null],
  });
  expect(rows.get('whole')).toMatchObject({ tokens: { output: 1, outputKnown: 'exact' }, costUsd: 1 });
  for (const name of ['errorInside', 'stopped', 'brokenInside']) {
    expect(rows.get(name)).toMatchObject({
      tokens: { input: 100, output: null, outputKnown: 'unknown' },
      costUsd: 0.5,
    });
  }
  reader.close();
});

it('changes the hours by what is stored, and keeps what was counted of removed requests', () => {
  const file = landed();
  const reader = openReader(file);
  const { total } = reader.stats({}, { by: 'model' });
  expect(total).toMatchObject({
    requests: 9 + 5,
    billedRequests: 4 + 4,
    failedRequests: 6 + 1,
    abortedRequests: 1,
    estimatedRequests: 3,
    inputTokens: 400 + 400,
    outputTokens: 1 + 40,
    costUsd: 1 + 3 * 0.5 + 8,
    averageLatencyMs: 10,
  });
  expect(reader.sessions().rows).toMatchObject([{ requests: 14, failedRequests: 7, abortedRequests: 1 }]);
  reader.close();
  const { damage } = verifyFile(file);
  expect(damage.filter(({ kind }) => kind === 'aggregates')).toEqual([]);
});
