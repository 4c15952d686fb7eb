import type { SourceShare } from '../../model/segment.js';
import { splitSource } from '../../model/source.js';
import type { Database } from '../sqlite.js';

export type SaveShares = (request: number, shares: readonly SourceShare[]) => void;

/**
 * Stores the shares of a request and its set of sources, and replaces earlier ones. Must be called inside `recount`
 * (aggregates.ts).
 */
export function createShareWriter(db: Database): SaveShares {
  const deleteShares = db.prepare('DELETE FROM context_attributions WHERE request = ?');
  const findSource = db.prepare<[string], number>('SELECT id FROM context_source_metrics WHERE source = ?').pluck();
  const addSource = db.prepare(`
    INSERT INTO context_source_metrics (
      source, source_type, source_name, usage_count, total_tokens, cost_usd, created_at, last_used
    )
    SELECT @source, @type, @name, 0, 0, 0, initiated, initiated FROM captured_requests WHERE n = @request`);
  const insertShare = db.prepare(`
    INSERT INTO context_attributions (
      request, source, part, tokens, new_tokens, cost_usd, segments, message_index, message_role
    )
    VALUES (@request, @id, @part, @tokens, @newTokens, @costUsd, @segments, @messageIndex, @messageRole)`);
  const findSet = db.prepare<[string], number>('SELECT id FROM source_sets WHERE members = ?').pluck();
  const addSet = db.prepare<[string]>('INSERT INTO source_sets (members) VALUES (?)');
  const addMembers = db.prepare<[number | bigint]>(`
    INSERT INTO source_set_members (source, source_set)
    SELECT each.value, s.id FROM source_sets s, json_each(s.members) each WHERE s.id = ?`);
  const setOf = db.prepare<[number | null, number]>('UPDATE captured_responses SET source_set = ? WHERE request = ?');

  function sourceId(source: string, request: number): number {
    return findSource.get(source) ?? Number(addSource.run({ source, ...splitSource(source), request }).lastInsertRowid);
  }

  function setId(ids: readonly number[]): number {
    const members = JSON.stringify([...ids].sort((a, b) => a - b));
    const known = findSet.get(members);
    if (known !== undefined) return known;
    const id = addSet.run(members).lastInsertRowid;
    addMembers.run(id);
    return Number(id);
  }

  return (request, shares) => {
    deleteShares.run(request);
    const ids = new Map<string, number>();
    for (const share of shares) {
      const id = ids.get(share.source) ?? sourceId(share.source, request);
      ids.set(share.source, id);
      insertShare.run({ request, id, ...share });
    }
    setOf.run(ids.size > 0 ? setId([...ids.values()]) : null, request);
  };
}
