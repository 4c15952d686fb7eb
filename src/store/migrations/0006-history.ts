import type { Migration } from './migration.js';

/**
 * For queries over the whole history: aggregates by hour, sets of sources, a text index, and indexes that show whether a slice or
 * a link is still used.
 *
 * The views `…_contributions` have what one request adds to each aggregate. An aggregate is the sum of the contributions of all
 * requests ever (write/aggregates.ts); retention subtracts nothing.
 */
export const history: Migration = {
  name: '0006-history',
  up(db) {
    db.exec(`
      -- The last links of the chains that make a body, in order: in place of the JSON list in captured_bodies.
      CREATE TABLE body_chains (
        request INTEGER NOT NULL,
        side INTEGER NOT NULL,
        position INTEGER NOT NULL,
        link INTEGER NOT NULL,
        PRIMARY KEY (request, side, position),
        FOREIGN KEY (request, side) REFERENCES captured_bodies (request, side) ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID;
      INSERT INTO body_chains (request, side, position, link)
      SELECT b.request, b.side, each.key, each.value FROM captured_bodies b, json_each(b.links) each;
      ALTER TABLE captured_bodies DROP COLUMN links;

      -- Who uses a link, who uses a slice: what nobody uses can be freed.
      CREATE INDEX body_chains_by_link ON body_chains (link);
      CREATE INDEX chain_links_by_slice ON chain_links (slice);
      CREATE INDEX requests_by_headers ON captured_requests (headers);
      CREATE INDEX responses_by_headers ON captured_responses (headers);
      CREATE INDEX responses_by_thread ON captured_responses (thread) WHERE thread IS NOT NULL;
      CREATE INDEX responses_by_solution ON captured_responses (solution) WHERE solution IS NOT NULL;

      -- Requests of one conversation mostly carry the same sources: each distinct set is stored once.
      CREATE TABLE source_sets (
        id INTEGER PRIMARY KEY,
        members TEXT NOT NULL UNIQUE    -- JSON [source, …], ascending
      ) STRICT;
      CREATE TABLE source_set_members (
        source INTEGER NOT NULL REFERENCES context_source_metrics (id),
        source_set INTEGER NOT NULL REFERENCES source_sets (id) ON DELETE CASCADE,
        PRIMARY KEY (source, source_set)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX members_by_set ON source_set_members (source_set);
      ALTER TABLE captured_responses ADD COLUMN source_set INTEGER REFERENCES source_sets (id);
      CREATE INDEX responses_by_source_set ON captured_responses (source_set, request) WHERE source_set IS NOT NULL;
      -- Sets lead to the requests of a source. This index did before: it cost a third of the pages that a request wrote.
      DROP INDEX attributions_by_source;

      CREATE TEMP TABLE carried AS
      SELECT request, json_group_array(source ORDER BY source) AS members
      FROM (SELECT DISTINCT request, source FROM context_attributions) GROUP BY request;
      INSERT INTO source_sets (members) SELECT DISTINCT members FROM temp.carried;
      INSERT INTO source_set_members (source, source_set)
      SELECT each.value, s.id FROM source_sets s, json_each(s.members) each;
      CREATE INDEX temp.carried_by_request ON carried (request);
      UPDATE captured_responses SET source_set = (
        SELECT s.id FROM temp.carried c JOIN source_sets s ON s.members = c.members WHERE c.request = captured_responses.request
      );
      DROP TABLE temp.carried;

      -- What was new in a request: prompts, tool results, and its answer. Kept as an index only, not as text.
      CREATE VIRTUAL TABLE request_texts USING fts5 (
        prompt, result, answer, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
      );

      -- For sorting and filtering pages.
      CREATE INDEX responses_by_input ON captured_responses (input_tokens);
      CREATE INDEX responses_by_output ON captured_responses (output_tokens);
      CREATE INDEX responses_by_cost ON captured_responses (cost_usd);
      CREATE INDEX responses_by_latency ON captured_responses (latency_ms);
      CREATE INDEX responses_by_status ON captured_responses (status);
      CREATE INDEX requests_by_agent ON captured_requests (agent_id, initiated) WHERE agent_id IS NOT NULL;
      CREATE INDEX requests_by_state ON captured_requests (state, initiated) WHERE state <> 'complete';

      -- Of kind messages, and ended.
      CREATE VIEW request_contributions AS
      SELECT
        r.n AS request, CAST(r.initiated / 3600000 AS INTEGER) AS hour, coalesce(r.session, 0) AS session,
        coalesce(r.model, '') AS model, r.initiated AS at,
        1 AS requests, p.billed AS billed, coalesce(p.status >= 400, 0) OR r.state <> 'complete' AS failed,
        iif(p.billed, p.input_cost_usd IS NOT NULL, 0) AS priced,
        iif(p.billed, coalesce(p.input_tokens, 0), 0) AS input_tokens,
        iif(p.billed, coalesce(p.cache_read, 0), 0) AS cache_read,
        iif(p.billed, coalesce(p.cache_write_5m, 0) + coalesce(p.cache_write_1h, 0), 0) AS cache_write,
        iif(p.billed, coalesce(p.output_tokens, 0), 0) AS output_tokens,
        coalesce(p.input_cost_usd, 0.0) AS input_cost_usd, coalesce(p.cost_usd, 0.0) AS cost_usd,
        coalesce(c.lost_tokens, 0) AS lost_tokens, coalesce(c.lost_usd, 0.0) AS lost_usd,
        p.latency_ms AS latency_ms, coalesce(p.proxy_overhead_ms, 0.0) AS overhead_ms,
        p.proxy_overhead_ms IS NOT NULL AS overhead_known,
        f.request IS NOT NULL AS feedback_count, coalesce(f.rating, 0.0) AS rating_sum
      FROM captured_requests r
      JOIN captured_responses p ON p.request = r.n
      LEFT JOIN cache_misses c ON c.request = r.n
      LEFT JOIN quality_feedback f ON f.request = r.n
      WHERE r.kind = 'messages';

      -- Idle is what is paid whether it is used or not.
      CREATE VIEW source_contributions AS
      SELECT
        a.request, CAST(r.initiated / 3600000 AS INTEGER) AS hour, coalesce(r.session, 0) AS session, a.source AS source,
        p.billed AS billed, r.initiated AS at,
        1 AS requests, sum(a.tokens) AS tokens, coalesce(sum(a.cost_usd), 0.0) AS cost_usd,
        max(a.cost_usd IS NOT NULL) AS priced,
        coalesce(sum(a.tokens) FILTER (WHERE
          a.part IN ('definition', 'instructions', 'listing') OR m.source_type IN ('memory', 'hook')), 0) AS idle_tokens,
        coalesce(sum(a.cost_usd) FILTER (WHERE
          a.part IN ('definition', 'instructions', 'listing') OR m.source_type IN ('memory', 'hook')), 0.0) AS idle_cost_usd,
        max(a.part IN ('definition', 'instructions', 'listing')) AS listed,
        max(a.part = 'body' OR (a.part = 'definition' AND a.tokens > 0)) AS loaded,
        f.request IS NOT NULL AS feedback_count, coalesce(f.rating, 0.0) AS rating_sum
      FROM context_attributions a
      JOIN context_source_metrics m ON m.id = a.source
      JOIN captured_requests r ON r.n = a.request
      JOIN captured_responses p ON p.request = a.request
      LEFT JOIN quality_feedback f ON f.request = a.request
      GROUP BY a.request, a.source;

      CREATE VIEW tool_contributions AS
      SELECT
        u.request, CAST(r.initiated / 3600000 AS INTEGER) AS hour, coalesce(r.session, 0) AS session, u.tool AS tool,
        p.billed AS billed, r.initiated AS at,
        u.tokens AS tokens, coalesce(u.cost_usd, 0.0) AS cost_usd, u.cost_usd IS NOT NULL AS priced,
        u.listed AS listed, u.loaded AS loaded, u.calls AS calls
      FROM request_tools u
      JOIN captured_requests r ON r.n = u.request
      JOIN captured_responses p ON p.request = u.request;

      CREATE TABLE request_hours (
        hour INTEGER NOT NULL,          -- hours since 1970, UTC
        session INTEGER NOT NULL,       -- 0: none
        model TEXT NOT NULL,            -- '': none
        requests INTEGER NOT NULL,
        billed INTEGER NOT NULL,        -- of which the API sent a bill: tokens and dollars are theirs
        failed INTEGER NOT NULL,
        priced INTEGER NOT NULL,        -- billed, and the price is known
        input_tokens INTEGER NOT NULL,
        cache_read INTEGER NOT NULL,
        cache_write INTEGER NOT NULL,
        output_tokens INTEGER NOT NULL,
        input_cost_usd REAL NOT NULL,
        cost_usd REAL NOT NULL,
        lost_tokens INTEGER NOT NULL,   -- to cache misses
        lost_usd REAL NOT NULL,
        latency_ms REAL NOT NULL,       -- sum
        overhead_ms REAL NOT NULL,      -- sum
        overhead_known INTEGER NOT NULL, -- requests in that sum
        feedback_count INTEGER NOT NULL,
        rating_sum REAL NOT NULL,
        PRIMARY KEY (hour, session, model)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX request_hours_by_session ON request_hours (session);

      CREATE TABLE source_hours (
        hour INTEGER NOT NULL,
        session INTEGER NOT NULL,
        source INTEGER NOT NULL REFERENCES context_source_metrics (id),
        billed INTEGER NOT NULL,        -- 0: its tokens are estimates of what nobody was billed for
        requests INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        cost_usd REAL NOT NULL,
        priced INTEGER NOT NULL,
        idle_tokens INTEGER NOT NULL,
        idle_cost_usd REAL NOT NULL,
        listed INTEGER NOT NULL,        -- requests that named it
        loaded INTEGER NOT NULL,        -- requests in which the model read its definition or body
        feedback_count INTEGER NOT NULL,
        rating_sum REAL NOT NULL,
        PRIMARY KEY (hour, session, source, billed)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX source_hours_by_session ON source_hours (session);
      CREATE INDEX source_hours_by_source ON source_hours (source, hour);

      CREATE TABLE tool_hours (
        hour INTEGER NOT NULL,
        session INTEGER NOT NULL,
        tool INTEGER NOT NULL REFERENCES tools (id),
        billed INTEGER NOT NULL,
        tokens INTEGER NOT NULL,
        cost_usd REAL NOT NULL,
        priced INTEGER NOT NULL,
        listed INTEGER NOT NULL,
        loaded INTEGER NOT NULL,
        calls INTEGER NOT NULL,
        PRIMARY KEY (hour, session, tool, billed)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX tool_hours_by_session ON tool_hours (session);

      INSERT INTO request_hours
      SELECT
        hour, session, model, sum(requests), sum(billed), sum(failed), sum(priced), sum(input_tokens), sum(cache_read),
        sum(cache_write), sum(output_tokens), sum(input_cost_usd), sum(cost_usd), sum(lost_tokens), sum(lost_usd),
        sum(latency_ms), sum(overhead_ms), sum(overhead_known), sum(feedback_count), sum(rating_sum)
      FROM request_contributions GROUP BY hour, session, model;

      INSERT INTO source_hours
      SELECT
        hour, session, source, billed, sum(requests), sum(tokens), sum(cost_usd), sum(priced), sum(idle_tokens),
        sum(idle_cost_usd), sum(listed), sum(loaded), sum(feedback_count), sum(rating_sum)
      FROM source_contributions GROUP BY hour, session, source, billed;

      INSERT INTO tool_hours
      SELECT hour, session, tool, billed, sum(tokens), sum(cost_usd), sum(priced), sum(listed), sum(loaded), sum(calls)
      FROM tool_contributions GROUP BY hour, session, tool, billed;

      DROP TABLE context_source_days;
    `);
  },
};
