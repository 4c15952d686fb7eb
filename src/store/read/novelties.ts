import type { Novelty, VersionNovelties } from '../../model/novelty.js';
import type { Database } from '../sqlite.js';

type VersionRow = Omit<VersionNovelties, 'novelties'>;

/** Novelties for a version of claude-trace, by version of Claude Code, the last seen first. */
export function readNovelties(db: Database, tracer: string): VersionNovelties[] {
  const versions = db
    .prepare<[string], VersionRow>(`
      SELECT version, requests, tokens, unmatched_tokens AS unmatchedTokens
      FROM claude_versions WHERE tracer = ? ORDER BY last_seen DESC, version DESC`)
    .all(tracer);
  const noveltiesOf = db.prepare<[string], Novelty & { requests: number }>(
    'SELECT kind, name, requests FROM novelties WHERE version = ? ORDER BY requests DESC, kind, name',
  );
  return versions.map((row) => ({ ...row, novelties: noveltiesOf.all(row.version) }));
}
