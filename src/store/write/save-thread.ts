import type { Segment } from '../../model/segment.js';
import type { Source } from '../../model/source.js';
import type { ThreadAttribution, ToolCall } from '../../model/thread.js';
import type { Database } from '../sqlite.js';

export type SaveThread = (request: number, attribution: ThreadAttribution) => void;

/** Stores the parts of an attribution beside its shares, and replaces earlier ones: thread, cache miss, tools. */
export function createThreadWriter(db: Database): SaveThread {
  const forget = ['thread_places', 'cache_misses', 'request_tools'].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE request = ?`),
  );
  const insertPlace = db.prepare(`
    INSERT INTO thread_places (request, purpose, thread, previous, continuation, started_by, agent)
    VALUES (@request, @purpose, @threadId, @previousId, @continuation, @startedBy, @agent)`);
  const insertMiss = db.prepare(`
    INSERT INTO cache_misses (request, cause, source, path, detail, lost_tokens, lost_usd)
    VALUES (@request, @cause, @source, @path, @detail, @lostTokens, @lostUsd)`);
  const insertTool = db.prepare('INSERT INTO tools (source, name) VALUES (@source, @name)');
  const insertUse = db.prepare(`
    INSERT INTO request_tools (request, tool, listed, loaded, tokens, cost_usd, calls)
    SELECT @request, id, @listed, @loaded, @tokens, @costUsd, @calls FROM tools WHERE source = @source AND name = @name`);

  return (request, { place, thread, cacheMiss, segments, calls }) => {
    for (const statement of forget) statement.run(request);
    const agent = thread.agent?.name ?? (place.purpose === 'subagent' ? 'unknown' : null);
    insertPlace.run({ request, ...place, agent });
    if (cacheMiss !== null) insertMiss.run({ request, ...cacheMiss });
    for (const { listed, loaded, ...use } of toolUses(segments, calls)) {
      const row = { request, ...use, listed: listed ? 1 : 0, loaded: loaded ? 1 : 0 };
      if (insertUse.run(row).changes > 0) continue;
      insertTool.run({ source: use.source, name: use.name });
      insertUse.run(row);
    }
  };
}

/** The use of one tool in one request and its answer. */
interface ToolUse {
  source: Source;
  name: string;
  /** The request contained its definition. */
  listed: boolean;
  /** The model read the definition. */
  loaded: boolean;
  tokens: number;
  costUsd: number | null;
  calls: number;
}

/** Built-in tools are sources of their own with their definitions as shares, so only the tools of MCP servers are listed here. */
function toolUses(segments: readonly Segment[], calls: readonly ToolCall[]): Iterable<ToolUse> {
  const uses = new Map<string, ToolUse>();
  const useOf = (source: Source, name: string): ToolUse => {
    const key = JSON.stringify([source, name]);
    const use = uses.get(key) ?? { source, name, listed: false, loaded: false, tokens: 0, costUsd: 0, calls: 0 };
    uses.set(key, use);
    return use;
  };
  for (const { source, part, detail, unread, tokens, costUsd } of segments) {
    if (part !== 'definition' || detail === null || !source.startsWith('mcp:')) continue;
    const use = useOf(source, detail);
    use.listed = true;
    use.loaded ||= unread !== 'deferred';
    use.tokens += tokens;
    use.costUsd = use.costUsd === null || costUsd === null ? null : use.costUsd + costUsd;
  }
  for (const { source, tool } of calls) useOf(source, tool).calls += 1;
  return uses.values();
}
