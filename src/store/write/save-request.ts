import { headersOf } from '../../base/headers.js';
import type { CapturedRequest, HeaderList } from '../../model/exchange.js';
import type { SaveBody } from '../bodies.js';
import type { ContentWriter } from '../content/content-writer.js';
import type { Database } from '../sqlite.js';
import type { Aggregates } from './aggregates.js';
import { createChangeLog } from './changes.js';
import type { TurnWriter } from './save-turn.js';

/** Stores a request as `open`. A stored one is left as it is, so that a write can be repeated. */
export function createRequestWriter(
  db: Database,
  content: ContentWriter,
  saveBody: SaveBody,
  aggregates: Aggregates,
  turns: TurnWriter,
): (request: CapturedRequest) => void {
  const insert = db.prepare(`
    INSERT INTO captured_requests (
      id, correlation_id, run, origin, session, agent_id, parent_agent_id, prompt_id, kind, state, method, url, host,
      http_version, model, streaming, degraded, headers, initiated, received, forwarded
    ) VALUES (
      @id, @correlationId, (SELECT n FROM runs WHERE id = @runId), @origin, @session, @agentId, @parentAgentId, @promptId, @kind,
      'open', @method, @url, @host, @httpVersion, @model, @streaming, @degraded, @headers, @initiated, @received, @forwarded
    ) ON CONFLICT (id) DO NOTHING`);
  const sawSession = db
    .prepare<[{ id: string; runId: string; at: number }], number>(`
      INSERT INTO sessions (id, run, first_seen, last_seen)
      VALUES (@id, (SELECT n FROM runs WHERE id = @runId), @at, @at)
      ON CONFLICT (id) DO UPDATE SET
        run = excluded.run, first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen)
      RETURNING n`)
    .pluck();

  const note = createChangeLog(db);

  return (request) => {
    const { sessionId: id, runId, timestamps, body, headers, ...plain } = request;
    const session = id === null ? null : sawSession.get({ id, runId, at: timestamps.initiated });
    const { changes, lastInsertRowid } = insert.run({
      ...plain,
      runId,
      session,
      streaming: request.streaming ? 1 : 0,
      headers: content.slice(headerBytes(headers)),
      initiated: timestamps.initiated,
      received: timestamps.received,
      forwarded: timestamps.forwarded,
    });
    if (changes === 0) return;
    saveBody(Number(lastInsertRowid), 'request', body, isCompressed(headers) && !body.redacted);
    aggregates.begin(Number(lastInsertRowid));
    turns.begin(Number(lastInsertRowid));
    note('request.started', request.id);
  };
}

export function headerBytes(headers: HeaderList): Uint8Array {
  return Buffer.from(JSON.stringify(headers));
}

/** A body with a content encoding can be neither split nor compressed further. */
export function isCompressed(headers: HeaderList): boolean {
  return headersOf(headers, 'content-encoding').some((value) => !['', 'identity'].includes(value.trim().toLowerCase()));
}
