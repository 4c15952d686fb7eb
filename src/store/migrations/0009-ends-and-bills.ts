import type { Migration } from './migration.js';

/**
 * `state` says how a request ended, and all counts use it. Also how its output is known, and what its bill was for.
 *
 * Older requests are corrected from their columns: an error of the API was `complete`, and the output of a stopped answer was the
 * first token that a stream begins with. That figure was not billed and is removed; `reattribute` reads the bodies and replaces
 * it with an estimate.
 *
 * Every request counts from its beginning, even if it is interrupted and never gets a response, so that a list of requests agrees
 * with its totals.
 */
export const endsAndBills: Migration = {
  name: '0009-ends-and-bills',
  up(db) {
    db.exec(`
      CREATE TEMP TABLE contributed AS
      SELECT
        hour, session, model, sum(requests) AS requests, sum(billed) AS billed, sum(failed) AS failed, sum(priced) AS priced,
        sum(input_tokens) AS input_tokens, sum(cache_read) AS cache_read, sum(cache_write) AS cache_write,
        sum(output_tokens) AS output_tokens, sum(input_cost_usd) AS input_cost_usd, sum(cost_usd) AS cost_usd,
        sum(lost_tokens) AS lost_tokens, sum(lost_usd) AS lost_usd, sum(latency_ms) AS latency_ms,
        sum(overhead_ms) AS overhead_ms, sum(overhead_known) AS overhead_known, sum(feedback_count) AS feedback_count,
        sum(rating_sum) AS rating_sum
      FROM request_contributions GROUP BY hour, session, model;

      ALTER TABLE captured_responses ADD COLUMN output_known TEXT NOT NULL DEFAULT 'unknown';  -- exact, estimated, unknown
      ALTER TABLE captured_responses ADD COLUMN terms TEXT;      -- JSON, BillingTerms; null: list price
      ALTER TABLE captured_responses ADD COLUMN priced_as TEXT;  -- the model whose price holds
      ALTER TABLE captured_responses ADD COLUMN unpriced TEXT;   -- JSON [what, …]: not in the cost; null: nothing

      UPDATE captured_requests SET state = 'failed'
      WHERE state IN ('complete', 'aborted') AND n IN (SELECT request FROM captured_responses WHERE status >= 400);
      UPDATE captured_requests SET state = 'failed'
      WHERE state = 'complete' AND n IN (SELECT request FROM captured_responses WHERE error IS NOT NULL);
      UPDATE captured_requests SET state = 'cut_off'
      WHERE state = 'failed' AND n IN (
        SELECT request FROM captured_responses WHERE status < 400 AND response_end IS NULL);
      UPDATE captured_responses SET error = 'HTTP ' || status || coalesce(' ' || nullif(reason, ''), '')
      WHERE status >= 400 AND error IS NULL;

      UPDATE captured_responses SET output_known = 'exact'
      WHERE billed AND request IN (SELECT n FROM captured_requests WHERE state = 'complete');
      UPDATE captured_responses SET output_tokens = NULL, output_cost_usd = NULL WHERE output_known <> 'exact';
      UPDATE captured_responses SET priced_as = (SELECT model FROM captured_requests r WHERE r.n = request)
      WHERE input_cost_usd IS NOT NULL;

      DROP VIEW requests;
      CREATE VIEW requests AS
      SELECT
        r.id,
        strftime('%Y-%m-%d %H:%M:%f', r.initiated / 1000.0, 'unixepoch') AS time_utc,
        s.id AS session_id, r.agent_id, r.kind, r.state, r.method, r.url, p.status, r.model,
        p.input_tokens, p.cache_read, p.cache_write_5m, p.cache_write_1h, p.uncached, p.output_tokens,
        CASE WHEN p.billed THEN 'exact' WHEN p.input_tokens IS NOT NULL THEN 'estimated' END AS tokens_known,
        p.output_known, round(p.cost_usd, 9) AS cost_usd, p.unpriced,
        round(p.latency_ms, 1) AS latency_ms, round(p.ttft_ms, 1) AS ttft_ms,
        f.rating, p.error
      FROM captured_requests r
      LEFT JOIN captured_responses p ON p.request = r.n
      LEFT JOIN sessions s ON s.n = r.session
      LEFT JOIN quality_feedback f ON f.request = r.n
      ORDER BY r.initiated DESC, r.n DESC;

      -- Of kind messages; an open one is a request, and nothing else yet.
      DROP VIEW request_contributions;
      CREATE VIEW request_contributions AS
      SELECT
        r.n AS request, CAST(r.initiated / 3600000 AS INTEGER) AS hour, coalesce(r.session, 0) AS session,
        coalesce(r.model, '') AS model, r.initiated AS at,
        1 AS requests, coalesce(p.billed, 0) AS billed, r.state IN ('cut_off', 'failed', 'interrupted') AS failed,
        r.state = 'aborted' AS aborted,
        iif(p.billed, p.input_cost_usd IS NOT NULL, 0) AS priced,
        iif(p.billed, p.output_known <> 'exact', 0) AS estimated,
        iif(p.billed, coalesce(p.input_tokens, 0), 0) AS input_tokens,
        iif(p.billed, coalesce(p.cache_read, 0), 0) AS cache_read,
        iif(p.billed, coalesce(p.cache_write_5m, 0) + coalesce(p.cache_write_1h, 0), 0) AS cache_write,
        iif(p.billed, coalesce(p.output_tokens, 0), 0) AS output_tokens,
        coalesce(p.input_cost_usd, 0.0) AS input_cost_usd, coalesce(p.cost_usd, 0.0) AS cost_usd,
        coalesce(c.lost_tokens, 0) AS lost_tokens, coalesce(c.lost_usd, 0.0) AS lost_usd,
        coalesce(p.latency_ms, 0.0) AS latency_ms, p.latency_ms IS NOT NULL AS latency_known,
        coalesce(p.proxy_overhead_ms, 0.0) AS overhead_ms, p.proxy_overhead_ms IS NOT NULL AS overhead_known,
        f.request IS NOT NULL AS feedback_count, coalesce(f.rating, 0.0) AS rating_sum
      FROM captured_requests r
      LEFT JOIN captured_responses p ON p.request = r.n
      LEFT JOIN cache_misses c ON c.request = r.n
      LEFT JOIN quality_feedback f ON f.request = r.n
      WHERE r.kind = 'messages';

      ALTER TABLE request_hours ADD COLUMN aborted INTEGER NOT NULL DEFAULT 0;        -- stopped by the client: not failed
      ALTER TABLE request_hours ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;      -- billed, and the output is no figure of the API
      ALTER TABLE request_hours ADD COLUMN latency_known INTEGER NOT NULL DEFAULT 0;  -- requests in that sum
      UPDATE request_hours SET latency_known = requests;

      -- The hours also count what retention has freed: they move by the difference.
      INSERT INTO request_hours (
        hour, session, model, requests, billed, failed, priced, input_tokens, cache_read, cache_write, output_tokens,
        input_cost_usd, cost_usd, lost_tokens, lost_usd, latency_ms, overhead_ms, overhead_known, feedback_count, rating_sum,
        aborted, estimated, latency_known)
      SELECT
        n.hour, n.session, n.model, n.requests - coalesce(o.requests, 0), n.billed - coalesce(o.billed, 0),
        n.failed - coalesce(o.failed, 0), n.priced - coalesce(o.priced, 0), n.input_tokens - coalesce(o.input_tokens, 0),
        n.cache_read - coalesce(o.cache_read, 0), n.cache_write - coalesce(o.cache_write, 0),
        n.output_tokens - coalesce(o.output_tokens, 0), n.input_cost_usd - coalesce(o.input_cost_usd, 0),
        n.cost_usd - coalesce(o.cost_usd, 0), n.lost_tokens - coalesce(o.lost_tokens, 0), n.lost_usd - coalesce(o.lost_usd, 0),
        n.latency_ms - coalesce(o.latency_ms, 0), n.overhead_ms - coalesce(o.overhead_ms, 0),
        n.overhead_known - coalesce(o.overhead_known, 0), n.feedback_count - coalesce(o.feedback_count, 0),
        n.rating_sum - coalesce(o.rating_sum, 0), n.aborted, n.estimated, n.latency_known - coalesce(o.requests, 0)
      FROM (
        SELECT
          hour, session, model, sum(requests) AS requests, sum(billed) AS billed, sum(failed) AS failed, sum(priced) AS priced,
          sum(input_tokens) AS input_tokens, sum(cache_read) AS cache_read, sum(cache_write) AS cache_write,
          sum(output_tokens) AS output_tokens, sum(input_cost_usd) AS input_cost_usd, sum(cost_usd) AS cost_usd,
          sum(lost_tokens) AS lost_tokens, sum(lost_usd) AS lost_usd, sum(latency_ms) AS latency_ms,
          sum(overhead_ms) AS overhead_ms, sum(overhead_known) AS overhead_known, sum(feedback_count) AS feedback_count,
          sum(rating_sum) AS rating_sum, sum(aborted) AS aborted, sum(estimated) AS estimated,
          sum(latency_known) AS latency_known
        FROM request_contributions GROUP BY hour, session, model
      ) n LEFT JOIN temp.contributed o USING (hour, session, model)
      WHERE true
      ON CONFLICT (hour, session, model) DO UPDATE SET
        requests = requests + excluded.requests, billed = billed + excluded.billed, failed = failed + excluded.failed,
        priced = priced + excluded.priced, input_tokens = input_tokens + excluded.input_tokens,
        cache_read = cache_read + excluded.cache_read, cache_write = cache_write + excluded.cache_write,
        output_tokens = output_tokens + excluded.output_tokens, input_cost_usd = input_cost_usd + excluded.input_cost_usd,
        cost_usd = cost_usd + excluded.cost_usd, lost_tokens = lost_tokens + excluded.lost_tokens,
        lost_usd = lost_usd + excluded.lost_usd, latency_ms = latency_ms + excluded.latency_ms,
        overhead_ms = overhead_ms + excluded.overhead_ms, overhead_known = overhead_known + excluded.overhead_known,
        feedback_count = feedback_count + excluded.feedback_count, rating_sum = rating_sum + excluded.rating_sum,
        aborted = aborted + excluded.aborted, estimated = estimated + excluded.estimated,
        latency_known = latency_known + excluded.latency_known;
      DROP TABLE temp.contributed;
    `);
  },
};
