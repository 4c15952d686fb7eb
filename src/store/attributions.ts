import type { Attribution, SourceShare } from '../model/segment.js';
import { splitSource } from '../model/source.js';
import type { Database } from './database.js';

/** @param initiated unix ms of the request: decides the day it counts for. */
export type SaveAttribution = (request: number, initiated: number, attribution: Attribution) => void;

/**
 * Stores the shares of a request and adds them to the aggregates. A source counts as used once a request, however many
 * parts it has in it.
 */
export function createAttributionWriter(db: Database): SaveAttribution {
  const countSource = db
    .prepare<[object], number>(`
      INSERT INTO context_source_metrics (
        source, source_type, source_name, usage_count, total_tokens, cost_usd, created_at, last_used
      ) VALUES (@source, @type, @name, 1, @tokens, @costUsd, @at, @at)
      ON CONFLICT (source) DO UPDATE SET
        usage_count = usage_count + 1,
        total_tokens = total_tokens + excluded.total_tokens,
        cost_usd = cost_usd + excluded.cost_usd,
        created_at = min(created_at, excluded.created_at),
        last_used = max(last_used, excluded.last_used)
      RETURNING id`)
    .pluck();
  const countDay = db.prepare(`
    INSERT INTO context_source_days (day, source, usage_count, total_tokens, cost_usd)
    VALUES (date(@at / 1000.0, 'unixepoch'), @id, 1, @tokens, @costUsd)
    ON CONFLICT (source, day) DO UPDATE SET
      usage_count = usage_count + 1,
      total_tokens = total_tokens + excluded.total_tokens,
      cost_usd = cost_usd + excluded.cost_usd`);
  const insertShare = db.prepare(`
    INSERT INTO context_attributions (request, source, part, tokens, cost_usd, segments, message_index, message_role)
    VALUES (@request, @id, @part, @tokens, @costUsd, @segments, @messageIndex, @messageRole)`);

  return (request, at, attribution) => {
    for (const [source, shares] of bySource(attribution.shares)) {
      const tokens = shares.reduce((sum, share) => sum + share.tokens, 0);
      const costUsd = shares.reduce((sum, share) => sum + (share.costUsd ?? 0), 0);
      const id = countSource.get({ source, ...splitSource(source), tokens, costUsd, at });
      countDay.run({ at, id, tokens, costUsd });
      for (const share of shares) insertShare.run({ request, id, ...share });
    }
  };
}

function bySource(shares: readonly SourceShare[]): Map<string, SourceShare[]> {
  const groups = new Map<string, SourceShare[]>();
  for (const share of shares) groups.set(share.source, [...(groups.get(share.source) ?? []), share]);
  return groups;
}
