import type { SourceShare } from '../model/segment.js';
import { splitSource } from '../model/source.js';
import type { Database } from './database.js';

/** @param initiated unix ms of the request: decides the day it counts for. */
export type SaveShares = (request: number, initiated: number, shares: readonly SourceShare[]) => void;

interface Total {
  tokens: number;
  costUsd: number;
}

/**
 * Stores the shares of a request in place of those it had, and makes the aggregates follow by the difference: they also
 * count requests that are gone. A source counts as used once a request, however many parts it has in it.
 */
export function createShareWriter(db: Database): SaveShares {
  const readShares = db.prepare<[number], { source: string; part: string; tokens: number; costUsd: number | null }>(`
    SELECT m.source, a.part, a.tokens, a.cost_usd AS costUsd
    FROM context_attributions a JOIN context_source_metrics m ON m.id = a.source WHERE a.request = ?`);
  const deleteShares = db.prepare('DELETE FROM context_attributions WHERE request = ?');
  const countSource = db
    .prepare<[object], number>(`
      INSERT INTO context_source_metrics (
        source, source_type, source_name, usage_count, total_tokens, cost_usd, created_at, last_used
      ) VALUES (@source, @type, @name, @uses, @tokens, @costUsd, @at, @at)
      ON CONFLICT (source) DO UPDATE SET
        usage_count = max(0, usage_count + excluded.usage_count),
        total_tokens = max(0, total_tokens + excluded.total_tokens),
        cost_usd = max(0, cost_usd + excluded.cost_usd),
        created_at = min(created_at, excluded.created_at),
        last_used = max(last_used, excluded.last_used)
      RETURNING id`)
    .pluck();
  const countDay = db.prepare(`
    INSERT INTO context_source_days (day, source, usage_count, total_tokens, cost_usd)
    VALUES (date(@at / 1000.0, 'unixepoch'), @id, @uses, @tokens, @costUsd)
    ON CONFLICT (source, day) DO UPDATE SET
      usage_count = max(0, usage_count + excluded.usage_count),
      total_tokens = max(0, total_tokens + excluded.total_tokens),
      cost_usd = max(0, cost_usd + excluded.cost_usd)`);
  const insertShare = db.prepare(`
    INSERT INTO context_attributions (request, source, part, tokens, cost_usd, segments, message_index, message_role)
    VALUES (@request, @id, @part, @tokens, @costUsd, @segments, @messageIndex, @messageRole)`);

  /** @returns the id of the source. */
  function count(source: string, at: number, uses: number, { tokens, costUsd }: Total): number | undefined {
    const id = countSource.get({ source, ...splitSource(source), uses, tokens, costUsd, at });
    countDay.run({ at, id, uses, tokens, costUsd });
    return id;
  }

  return (request, at, shares) => {
    const before = new Map([...bySource(readShares.all(request))].map(([source, group]) => [source, totalOf(group)]));
    deleteShares.run(request);
    for (const [source, group] of bySource(shares)) {
      const old = before.get(source);
      const id = count(source, at, old === undefined ? 1 : 0, difference(totalOf(group), old ?? NOTHING));
      before.delete(source);
      for (const share of group) insertShare.run({ request, id, ...share });
    }
    for (const [source, old] of before) count(source, at, -1, difference(NOTHING, old));
  };
}

/**
 * Tidies up after shares were replaced: sources and days that lost their last use go, unless they are rated; first and last
 * use of the others are found again where retention has freed none of their requests.
 */
export function settleSources(db: Database): void {
  db.exec(`
    DELETE FROM context_source_days WHERE usage_count = 0 AND feedback_count = 0;
    DELETE FROM context_source_metrics
    WHERE usage_count = 0 AND feedback_count = 0
      AND NOT EXISTS (SELECT 1 FROM context_source_days d WHERE d.source = context_source_metrics.id);
    UPDATE context_source_metrics SET created_at = used.first, last_used = used.last
    FROM (
      SELECT a.source, min(r.initiated) AS first, max(r.initiated) AS last, count(DISTINCT a.request) AS uses
      FROM context_attributions a JOIN captured_requests r ON r.n = a.request GROUP BY a.source
    ) used
    WHERE used.source = context_source_metrics.id AND used.uses = context_source_metrics.usage_count;
  `);
}

const NOTHING: Total = { tokens: 0, costUsd: 0 };

function bySource<Share extends { source: string }>(shares: readonly Share[]): Map<string, Share[]> {
  const groups = new Map<string, Share[]>();
  for (const share of shares) {
    const group = groups.get(share.source);
    if (group) group.push(share);
    else groups.set(share.source, [share]);
  }
  return groups;
}

/** Added up in the order of the parts: the same shares give the same sum to the last bit. */
function totalOf(shares: readonly { part: string; tokens: number; costUsd: number | null }[]): Total {
  const ordered = [...shares].sort((a, b) => (a.part < b.part ? -1 : 1));
  return ordered.reduce<Total>(
    (sum, { tokens, costUsd }) => ({ tokens: sum.tokens + tokens, costUsd: sum.costUsd + (costUsd ?? 0) }),
    NOTHING,
  );
}

function difference(after: Total, before: Total): Total {
  return { tokens: after.tokens - before.tokens, costUsd: after.costUsd - before.costUsd };
}
