import type { Migration } from './migration.js';

/**
 * What MCP servers said, and what the model got of it.
 *
 * `mcp_messages.content` references slices (content/users.ts). A call has the number of its request message and is removed with
 * it. What an API request carried is known by the id of its tool use, which both sides have.
 */
export const mcp: Migration = {
  name: '0013-mcp',
  up(db) {
    db.exec(`
      CREATE TABLE mcp_servers (        -- one connection each
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        run INTEGER NOT NULL REFERENCES runs (n),
        session_id TEXT,                -- of Claude Code; there need not be a row of it in sessions
        name TEXT NOT NULL,
        scope TEXT,
        transport TEXT NOT NULL,
        target TEXT NOT NULL,           -- the program's name only, or a URL without secrets
        era TEXT,
        protocol TEXT,
        client_name TEXT,
        client_version TEXT,
        server_name TEXT,
        server_version TEXT,
        started_at REAL NOT NULL,
        ready_at REAL,
        ended_at REAL,
        exit TEXT,
        lost INTEGER NOT NULL,          -- messages that were not recorded
        dropped INTEGER NOT NULL DEFAULT 0  -- messages that were recorded and could not be stored
      ) STRICT;
      CREATE INDEX mcp_servers_by_name ON mcp_servers (name, started_at);
      CREATE INDEX mcp_servers_open ON mcp_servers (run) WHERE ended_at IS NULL;

      CREATE TABLE mcp_messages (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        connection INTEGER NOT NULL REFERENCES mcp_servers (n) ON DELETE CASCADE,
        exchange TEXT,                  -- correlation id; null for stdio
        sender TEXT NOT NULL,
        kind TEXT NOT NULL,
        rpc_id ANY,                     -- number or text
        method TEXT,
        name TEXT,
        at REAL NOT NULL,
        size INTEGER NOT NULL,          -- as sent
        content INTEGER NOT NULL,       -- slice
        truncated INTEGER NOT NULL,
        redacted INTEGER NOT NULL,
        synthetic INTEGER NOT NULL,
        altered INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX mcp_messages_by_connection ON mcp_messages (connection, at);
      CREATE INDEX mcp_messages_by_content ON mcp_messages (content);
      CREATE INDEX mcp_messages_oldest ON mcp_messages (at);

      CREATE TABLE mcp_calls (
        request INTEGER PRIMARY KEY REFERENCES mcp_messages (n) ON DELETE CASCADE,
        connection INTEGER NOT NULL REFERENCES mcp_servers (n) ON DELETE CASCADE,
        session_id TEXT,
        method TEXT NOT NULL,
        name TEXT NOT NULL,
        tool_use_id TEXT,
        answer INTEGER REFERENCES mcp_messages (n) ON DELETE SET NULL,
        sent_at REAL NOT NULL,
        first_progress_at REAL,
        answered_at REAL,
        state TEXT NOT NULL,
        result_bytes INTEGER,
        tokens_said INTEGER,
        called_by INTEGER REFERENCES captured_requests (n) ON DELETE SET NULL,
        carried_by INTEGER REFERENCES captured_requests (n) ON DELETE SET NULL,
        form TEXT,                      -- null: not delivered, like the other figures of what the model got
        bytes_got INTEGER,
        tokens_got INTEGER,
        is_error INTEGER
      ) STRICT;
      CREATE INDEX mcp_calls_newest ON mcp_calls (sent_at);
      -- Has all columns of figures, in the order in which they are grouped.
      CREATE INDEX mcp_calls_by_connection ON mcp_calls (
        connection, method, name, state, form, sent_at, answered_at, result_bytes, tokens_said, bytes_got, tokens_got
      );
      CREATE INDEX mcp_calls_by_tool_use ON mcp_calls (tool_use_id) WHERE tool_use_id IS NOT NULL;
      CREATE INDEX mcp_calls_by_answer ON mcp_calls (answer) WHERE answer IS NOT NULL;
      CREATE INDEX mcp_calls_by_caller ON mcp_calls (called_by) WHERE called_by IS NOT NULL;
      CREATE INDEX mcp_calls_by_carrier ON mcp_calls (carried_by) WHERE carried_by IS NOT NULL;
      CREATE INDEX mcp_calls_failed ON mcp_calls (carried_by) WHERE state NOT IN ('open', 'ok', 'cancelled') OR is_error = 1;
      CREATE INDEX mcp_calls_open ON mcp_calls (connection) WHERE state = 'open';

      -- What the model got of results whose calls are not stored, or not yet.
      CREATE TABLE mcp_deliveries (
        tool_use_id TEXT PRIMARY KEY,
        called_by TEXT,                 -- id of a request
        carried_by INTEGER NOT NULL REFERENCES captured_requests (n) ON DELETE CASCADE,
        form TEXT NOT NULL,
        bytes_got INTEGER NOT NULL,
        tokens_got INTEGER,
        is_error INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX mcp_deliveries_by_carrier ON mcp_deliveries (carried_by);

      CREATE TABLE mcp_definitions (
        connection INTEGER NOT NULL REFERENCES mcp_servers (n) ON DELETE CASCADE,
        kind TEXT NOT NULL,             -- tool, instructions
        name TEXT NOT NULL,             -- '' for instructions
        hash BLOB NOT NULL,             -- SHA-256 of the whole JSON text
        bytes_said INTEGER NOT NULL,    -- of the description
        bytes_got INTEGER,              -- what reached the model of it; null while unknown
        PRIMARY KEY (connection, kind, name)
      ) STRICT, WITHOUT ROWID;
    `);
  },
};
