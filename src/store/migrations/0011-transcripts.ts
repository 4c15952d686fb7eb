import { inflateRawSync } from 'node:zlib';
import type { Database } from '../sqlite.js';
import type { Migration } from './migration.js';

/**
 * For requests that were read from transcripts of Claude Code. Their latency is not known.
 *
 * A captured answer and one in a transcript are the same when the API gave them the same id. Older captures are known by the id
 * that the API gave their request, which transcripts have, too.
 */
export const transcripts: Migration = {
  name: '0011-transcripts',
  up(db) {
    allowUnknownLatency(db);
    db.exec(`
      ALTER TABLE captured_requests ADD COLUMN origin TEXT NOT NULL DEFAULT 'wire';  -- wire, transcript
      CREATE INDEX requests_by_origin ON captured_requests (origin, initiated) WHERE origin <> 'wire';

      -- Stays when retention removes the request: the sums still count it, so it must not be imported again.
      CREATE TABLE answer_ids (
        id TEXT PRIMARY KEY,            -- of the message, or of the request, as the API gave it
        request INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE transcript_files (
        path TEXT PRIMARY KEY,
        size INTEGER NOT NULL,          -- when it was read to its end
        modified REAL NOT NULL
      ) STRICT, WITHOUT ROWID;
    `);
    noteAnswers(db);
  },
};

/**
 * SQLite has no ALTER TABLE for this, but documents this way for constraints whose removal changes no stored row.
 * https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes
 */
function allowUnknownLatency(db: Database): void {
  const schemaVersion = Number(db.pragma('schema_version', { simple: true }));
  db.unsafeMode(true);
  try {
    db.pragma('writable_schema = ON');
    db.exec(`
      UPDATE sqlite_schema SET sql = replace(sql, 'latency_ms REAL NOT NULL', 'latency_ms REAL')
      WHERE type = 'table' AND name = 'captured_responses'`);
    db.pragma(`schema_version = ${schemaVersion + 1}`);
    db.pragma('writable_schema = RESET');
  } finally {
    db.unsafeMode(false);
  }
}

/** A capture whose headers are damaged stays unknown. */
function noteAnswers(db: Database): void {
  const answers = db.prepare<[], { request: number; encoding: number; bytes: Uint8Array }>(`
    SELECT p.request, s.encoding, s.bytes
    FROM captured_responses p JOIN captured_requests r ON r.n = p.request JOIN slices s ON s.id = p.headers
    WHERE r.kind = 'messages'`);
  const note = db.prepare<[string, number]>(
    'INSERT INTO answer_ids (id, request) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  for (const { request, encoding, bytes } of answers.all()) {
    const id = requestIdIn(encoding === 0 ? bytes : inflated(bytes));
    if (id !== null) note.run(id, request);
  }
}

function inflated(bytes: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes);
  } catch {
    return new Uint8Array();
  }
}

/** Request id in stored header lines: JSON [[name, value], …]. */
function requestIdIn(headers: Uint8Array): string | null {
  const found = /\["request-id","([^"\\]{1,200})"\]/i.exec(Buffer.from(headers).toString());
  return found?.[1] ?? null;
}
