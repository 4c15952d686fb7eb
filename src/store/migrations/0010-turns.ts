import type { Migration } from './migration.js';

/**
 * Turns: what a person asked, and the requests that answered it. Also the name of the agent that sent a request.
 *
 * Older requests are joined to turns by Claude Code's prompt ids, else by time. The words of their prompts are in their bodies
 * only: `reattribute --all` reads them.
 */
export const turns: Migration = {
  name: '0010-turns',
  up(db) {
    db.exec(`
      CREATE TABLE turns (
        n INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        session INTEGER REFERENCES sessions (n),
        prompt_id TEXT,                 -- Claude Code's own; null where the version does not send it
        prompt TEXT,                    -- its first words; null while they are not known
        started_at REAL NOT NULL
      ) STRICT;
      CREATE INDEX turns_by_session ON turns (session, started_at);
      CREATE INDEX turns_by_prompt_id ON turns (session, prompt_id) WHERE prompt_id IS NOT NULL;
      CREATE INDEX turns_newest ON turns (started_at);

      ALTER TABLE captured_requests ADD COLUMN turn INTEGER REFERENCES turns (n);
      CREATE INDEX requests_by_turn ON captured_requests (turn, initiated) WHERE turn IS NOT NULL;

      ALTER TABLE thread_places ADD COLUMN agent TEXT;  -- null in the main conversation and its side calls
      CREATE INDEX places_by_agent ON thread_places (agent) WHERE agent IS NOT NULL;

      INSERT INTO turns (id, session, prompt_id, started_at)
      SELECT 'turn_' || substr(id, 5), session, prompt_id, min(initiated)
      FROM captured_requests WHERE kind = 'messages' AND prompt_id IS NOT NULL GROUP BY session, prompt_id;

      INSERT INTO turns (id, session, started_at)
      SELECT 'turn_' || substr(r.id, 5), r.session, r.initiated
      FROM captured_requests r JOIN thread_places t ON t.request = r.n
      WHERE r.kind = 'messages' AND r.prompt_id IS NULL AND t.purpose = 'main' AND EXISTS (
        SELECT 1 FROM context_attributions a JOIN context_source_metrics m ON m.id = a.source
        WHERE a.request = r.n AND m.source_type IN ('user', 'command') AND coalesce(a.new_tokens, a.tokens) > 0);

      UPDATE captured_requests SET turn = (
        SELECT t.n FROM turns t WHERE t.session IS captured_requests.session AND t.prompt_id = captured_requests.prompt_id
      )
      WHERE kind = 'messages' AND prompt_id IS NOT NULL;
      UPDATE captured_requests SET turn = (
        SELECT t.n FROM turns t WHERE t.session IS captured_requests.session AND t.started_at <= initiated
        ORDER BY t.started_at DESC, t.n DESC LIMIT 1
      )
      WHERE kind = 'messages' AND turn IS NULL;

      UPDATE thread_places SET agent = coalesce((
        SELECT m.source_name FROM context_attributions a JOIN context_source_metrics m ON m.id = a.source
        WHERE a.request = thread_places.request AND a.part = 'prompt' AND m.source_type = 'agent'
        ORDER BY a.message_index LIMIT 1
      ), 'unknown')
      WHERE purpose = 'subagent';

      CREATE VIEW prompts AS
      SELECT
        t.id AS turn_id, strftime('%Y-%m-%d %H:%M:%f', t.started_at / 1000.0, 'unixepoch') AS time_utc, s.id AS session_id,
        t.prompt, count(r.n) AS requests, sum(p.input_tokens) AS input_tokens, sum(p.output_tokens) AS output_tokens,
        round(sum(p.cost_usd), 9) AS cost_usd
      FROM turns t
      LEFT JOIN sessions s ON s.n = t.session
      LEFT JOIN captured_requests r ON r.turn = t.n
      LEFT JOIN captured_responses p ON p.request = r.n
      GROUP BY t.n ORDER BY t.started_at DESC, t.n DESC;
    `);
  },
};
