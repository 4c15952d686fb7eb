import type { Migration } from './migration.js';

/** For users of the sqlite3 shell: `select * from requests limit 20`. claude-trace itself does not read these views. */
export const views: Migration = {
  name: '0004-views',
  up(db) {
    db.exec(`
      CREATE VIEW requests AS
      SELECT
        r.id,
        strftime('%Y-%m-%d %H:%M:%f', r.initiated / 1000.0, 'unixepoch') AS time_utc,
        s.id AS session_id, r.agent_id, r.kind, r.state, r.method, r.url, p.status, r.model,
        p.input_tokens, p.cache_read, p.cache_write_5m, p.cache_write_1h, p.uncached, p.output_tokens,
        CASE WHEN p.billed THEN 'exact' WHEN p.input_tokens IS NOT NULL THEN 'estimated' END AS tokens_known,
        round(p.cost_usd, 6) AS cost_usd,
        round(p.latency_ms, 1) AS latency_ms, round(p.ttft_ms, 1) AS ttft_ms,
        f.rating, p.error
      FROM captured_requests r
      LEFT JOIN captured_responses p ON p.request = r.n
      LEFT JOIN sessions s ON s.n = r.session
      LEFT JOIN quality_feedback f ON f.request = r.n
      ORDER BY r.initiated DESC, r.n DESC;

      CREATE VIEW request_sources AS
      SELECT r.id AS request_id, m.source, a.part, a.tokens, a.cost_usd, a.segments, a.message_index, a.message_role
      FROM context_attributions a
      JOIN captured_requests r ON r.n = a.request
      JOIN context_source_metrics m ON m.id = a.source
      ORDER BY r.initiated DESC, r.n DESC, a.tokens DESC;

      CREATE VIEW sources AS
      SELECT
        source, usage_count, total_tokens, round(cost_usd, 6) AS cost_usd, feedback_count,
        round(rating_sum / nullif(feedback_count, 0), 3) AS average_rating,
        strftime('%Y-%m-%d %H:%M:%f', last_used / 1000.0, 'unixepoch') AS last_used_utc
      FROM context_source_metrics
      ORDER BY total_tokens DESC;

      CREATE VIEW run_log AS
      SELECT
        id, pid, strftime('%Y-%m-%d %H:%M:%f', started_at / 1000.0, 'unixepoch') AS started_utc,
        strftime('%Y-%m-%d %H:%M:%f', ended_at / 1000.0, 'unixepoch') AS ended_utc, command, cwd, version,
        (SELECT count(*) FROM captured_requests r WHERE r.run = runs.n) AS requests
      FROM runs
      ORDER BY started_at DESC;
    `);
  },
};
