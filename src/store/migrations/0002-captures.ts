import type { Migration } from './migration.js';

/** What was captured: runs of claude-trace, sessions of Claude Code, requests, responses, and their bodies. */
export const captures: Migration = {
  name: '0002-captures',
  up(db) {
    db.exec(`
      CREATE TABLE runs (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        pid INTEGER NOT NULL,
        started_at REAL NOT NULL,
        ended_at REAL,                  -- null while running, and after a crash
        command TEXT NOT NULL,          -- name of the program only: arguments can hold prompts and secrets
        cwd TEXT NOT NULL,
        version TEXT NOT NULL           -- of claude-trace
      ) STRICT;

      CREATE TABLE sessions (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,        -- Claude Code's own
        run INTEGER NOT NULL REFERENCES runs (n),  -- the last one seen in
        first_seen REAL NOT NULL,
        last_seen REAL NOT NULL
      ) STRICT;

      CREATE TABLE captured_requests (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        correlation_id TEXT NOT NULL,
        run INTEGER NOT NULL REFERENCES runs (n),
        session INTEGER REFERENCES sessions (n),
        agent_id TEXT,
        parent_agent_id TEXT,
        prompt_id TEXT,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,            -- open, complete, failed, aborted, interrupted
        method TEXT NOT NULL,
        url TEXT NOT NULL,
        host TEXT NOT NULL,
        http_version TEXT NOT NULL,
        model TEXT,
        streaming INTEGER NOT NULL,
        degraded TEXT,
        headers INTEGER NOT NULL,       -- slice: JSON [[name, value], …]
        initiated REAL NOT NULL,
        received REAL,
        forwarded REAL
      ) STRICT;
      CREATE INDEX requests_newest ON captured_requests (initiated);
      CREATE INDEX requests_by_kind ON captured_requests (kind, initiated);
      CREATE INDEX requests_by_session ON captured_requests (session, initiated);
      CREATE INDEX requests_open ON captured_requests (run) WHERE state = 'open';

      CREATE TABLE captured_responses (
        request INTEGER PRIMARY KEY REFERENCES captured_requests (n) ON DELETE CASCADE,
        id TEXT NOT NULL,
        status INTEGER,
        reason TEXT,
        error TEXT,
        degraded TEXT,
        headers INTEGER NOT NULL,       -- slice: JSON [[name, value], …]
        first_byte REAL,
        response_end REAL,
        delivered REAL,
        ttft_ms REAL,
        latency_ms REAL NOT NULL,
        proxy_overhead_ms REAL,
        billed INTEGER NOT NULL,        -- 1: token figures are the API's, 0: input_tokens is an estimate
        input_tokens INTEGER,           -- billed: uncached + cache_read + cache_write_5m + cache_write_1h
        uncached INTEGER,
        cache_read INTEGER,
        cache_write_5m INTEGER,
        cache_write_1h INTEGER,
        output_tokens INTEGER,
        web_searches INTEGER,
        input_cost_usd REAL,
        output_cost_usd REAL,
        cost_usd REAL AS (
          CASE WHEN coalesce(input_cost_usd, output_cost_usd) IS NOT NULL
          THEN coalesce(input_cost_usd, 0) + coalesce(output_cost_usd, 0) END
        ) VIRTUAL,
        attribution_version INTEGER,    -- null: not attributed
        thread INTEGER                  -- slice: JSON, what attribution was told beyond the body
      ) STRICT;

      CREATE TABLE captured_bodies (
        request INTEGER NOT NULL REFERENCES captured_requests (n) ON DELETE CASCADE,
        side INTEGER NOT NULL,          -- 0: of the request, 1: of the response
        size INTEGER NOT NULL,          -- on the wire
        sha256 BLOB,                    -- on the wire; null when truncated
        stored_sha256 BLOB,             -- of what is stored, where that is not what was on the wire
        truncated INTEGER NOT NULL,
        redacted INTEGER NOT NULL,
        links TEXT NOT NULL,            -- JSON [chain link, …]: the last links of the chains that make the body
        PRIMARY KEY (request, side)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE incidents (
        n INTEGER PRIMARY KEY,
        run INTEGER NOT NULL REFERENCES runs (n),
        at REAL NOT NULL,               -- of the last one
        code TEXT NOT NULL,
        message TEXT NOT NULL,
        count INTEGER NOT NULL,
        UNIQUE (run, code, message)
      ) STRICT;
    `);
  },
};
