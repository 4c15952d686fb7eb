import type { Migration } from './migration.js';

/**
 * What rules did. `mcp_messages.original` references a slice, too (content/users.ts). Altered calls are left out of figures, so the
 * index of figures knows them.
 */
export const rules: Migration = {
  name: '0014-rules',
  up(db) {
    db.exec(`
      ALTER TABLE mcp_servers ADD COLUMN synthetic INTEGER NOT NULL DEFAULT 0;  -- a replay
      ALTER TABLE mcp_messages ADD COLUMN original INTEGER;                     -- slice: as sent; null where it was not changed
      ALTER TABLE mcp_messages ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;   -- not received by anybody
      CREATE INDEX mcp_messages_by_original ON mcp_messages (original) WHERE original IS NOT NULL;

      ALTER TABLE mcp_calls ADD COLUMN altered INTEGER NOT NULL DEFAULT 0;
      DROP INDEX mcp_calls_by_connection;
      -- Has all columns of figures, in the order in which they are grouped.
      CREATE INDEX mcp_calls_by_connection ON mcp_calls (
        connection, method, name, state, form, altered, sent_at, answered_at, result_bytes, tokens_said, bytes_got, tokens_got
      );

      CREATE TABLE rule_hits (          -- of a message of MCP, or of a request
        n INTEGER PRIMARY KEY,
        message INTEGER REFERENCES mcp_messages (n) ON DELETE CASCADE,
        request INTEGER REFERENCES captured_requests (n) ON DELETE CASCADE,
        of_answer INTEGER NOT NULL,     -- of the request's response
        place INTEGER NOT NULL,         -- among the hits of the same message, request or response
        rule TEXT NOT NULL,
        action TEXT NOT NULL,
        detail TEXT,
        at REAL NOT NULL
      ) STRICT;
      CREATE UNIQUE INDEX rule_hits_by_message ON rule_hits (message, place) WHERE message IS NOT NULL;
      CREATE UNIQUE INDEX rule_hits_by_request ON rule_hits (request, of_answer, place) WHERE request IS NOT NULL;
      CREATE INDEX rule_hits_by_rule ON rule_hits (rule);
      CREATE INDEX rule_hits_alerts ON rule_hits (at) WHERE action = 'alert';
      CREATE INDEX rule_hits_tags ON rule_hits (detail) WHERE action = 'tag';
    `);
  },
};
