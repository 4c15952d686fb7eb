import type { SeenNovelties } from '../../model/novelty.js';
import type { Database } from '../sqlite.js';

/** Clients choose the versions that they name: a hostile client must not fill the database. */
const MAX_VERSIONS = 50;
const MAX_NOVELTIES = 200;

/** Counts the novelties of a request. */
export type NoveltyWriter = (seen: SeenNovelties) => void;

export function createNoveltyWriter(db: Database): NoveltyWriter {
  const restart = db.prepare<[string, string]>('DELETE FROM claude_versions WHERE version = ? AND tracer <> ?');
  const count = db.prepare<[string, string, number, number, number]>(`
    INSERT INTO claude_versions (version, tracer, last_seen, requests, tokens, unmatched_tokens) VALUES (?, ?, ?, 1, ?, ?)
    ON CONFLICT (version) DO UPDATE SET
      last_seen = max(last_seen, excluded.last_seen),
      requests = requests + 1,
      tokens = tokens + excluded.tokens,
      unmatched_tokens = unmatched_tokens + excluded.unmatched_tokens`);
  const forget = db.prepare<[number]>(`
    DELETE FROM claude_versions
    WHERE version IN (SELECT version FROM claude_versions ORDER BY last_seen DESC LIMIT -1 OFFSET ?)`);
  const countAgain = db.prepare<[string, string, string]>(
    'UPDATE novelties SET requests = requests + 1 WHERE version = ? AND kind = ? AND name = ?',
  );
  const add = db.prepare<[string, string, string, string, number]>(`
    INSERT INTO novelties (version, kind, name, requests)
    SELECT ?, ?, ?, 1 WHERE (SELECT count(*) FROM novelties WHERE version = ?) < ?`);

  return ({ version, novelties, tokens, unmatchedTokens, at, tracer }) => {
    restart.run(version, tracer);
    count.run(version, tracer, at, tokens, unmatchedTokens);
    forget.run(MAX_VERSIONS);
    for (const { kind, name } of novelties) {
      if (countAgain.run(version, kind, name).changes === 0) add.run(version, kind, name, version, MAX_NOVELTIES);
    }
  };
}
