import type { McpServerFigures } from '../model/mcp-figures.js';
import { mcpSource } from '../model/mcp-names.js';
import type { Source } from '../model/source.js';
import type { McpFilter, Reader } from '../store/index.js';

/** An MCP server of which only requests to the API are known. */
export interface UnrecordedServer {
  source: Source;
  /** Calls in answers. */
  calls: number;
  /** Whether it may have been recorded: retention has removed requests that used it, and would have removed its messages too. */
  mayBeRemoved: boolean;
}

/**
 * The servers whose definitions or results requests carried, and of which no recording is stored.
 * @param recorded servers of the same period
 */
export function unrecordedServers(
  reader: Reader,
  { since, until, sessionId, project, agent }: Omit<McpFilter, 'runId' | 'server'>,
  recorded: readonly Pick<McpServerFigures, 'server'>[],
): UnrecordedServer[] {
  const period = { since, until, sessionId, project, agent };
  const known = new Set(recorded.map(({ server }) => mcpSource(server)));
  const funnels = reader.funnels(period);
  const { rows } = reader.stats({ ...period, source: 'mcp:*' }, { by: 'source', sort: 'tokens' });
  return rows.flatMap(({ key: source, requests }) => {
    if (source === null || known.has(source)) return [];
    const mayBeRemoved = requests > reader.count({ ...period, source, kind: 'all' });
    return [{ source, calls: funnels.get(source)?.called ?? 0, mayBeRemoved }];
  });
}
