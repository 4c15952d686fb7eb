import { runStart } from '../../model/ids.js';
import type { McpDefinitionFigures } from '../../model/mcp-figures.js';
import type { Database } from '../sqlite.js';
import { type Period, periodOf } from './hours.js';
import type { McpFilter } from './mcp-filter.js';
import { hoursOf, storedRows } from './period-rows.js';

/**
 * What a server defines: the tools of its newest connection that listed any, and the instructions of its newest connection that gave
 * any definition. Claude Code does not list the tools of a server that it starts again.
 */
export interface Definitions {
  /** By the name of the tool. */
  tools: ReadonlyMap<string, McpDefinitionFigures>;
  instructions: McpDefinitionFigures | null;
  /** Definitions, instructions included, that are new or differ from those of the connection before. */
  changed: number;
}

interface StoredDefinition {
  name: string;
  hash: string;
  bytesSaid: number;
  bytesGot: number | null;
}

/** @returns reads the definitions that a server had given until some time; null without any */
export function createDefinitionReader(db: Database): (server: string, until: Date) => Definitions | null {
  const lastTwo = (condition: string) =>
    db
      .prepare<[string, number], number>(`
        SELECT n FROM mcp_servers s
        WHERE name = ? AND started_at < ? AND EXISTS (SELECT 1 FROM mcp_definitions WHERE connection = s.n ${condition})
        ORDER BY started_at DESC LIMIT 2`)
      .pluck();
  const withTools = lastTwo("AND kind = 'tool'");
  const withAny = lastTwo('');
  const read = db.prepare<[number, string], StoredDefinition>(`
    SELECT name, hex(hash) AS hash, bytes_said AS bytesSaid, bytes_got AS bytesGot
    FROM mcp_definitions WHERE connection = ? AND kind = ? ORDER BY name`);

  /** Definitions of the newest of these connections, compared with the one before. */
  function newestOf([newest, before]: number[], kind: string): (McpDefinitionFigures & { name: string })[] {
    const ofKind = (n: number | undefined) => (n === undefined ? [] : read.all(n, kind));
    const earlier = new Map(ofKind(before).map(({ name, hash }) => [name, hash]));
    return ofKind(newest).map((each) => ({
      ...each,
      changed: before !== undefined && earlier.get(each.name) !== each.hash,
    }));
  }

  return (server, until) => {
    const place = [server, until.getTime() + 1] as const;
    const tools = newestOf(withTools.all(...place), 'tool');
    const [instructions] = newestOf(withAny.all(...place), 'instructions');
    if (tools.length === 0 && instructions === undefined) return null;
    return {
      tools: new Map(tools.map((each) => [each.name, figuresOf(each)])),
      instructions: instructions === undefined ? null : figuresOf(instructions),
      changed: [...tools, instructions].filter((each) => each?.changed).length,
    };
  };
}

function figuresOf({ bytesSaid, bytesGot, changed }: McpDefinitionFigures): McpDefinitionFigures {
  return { bytesSaid, bytesGot, changed };
}

/** The clock may be set back during a run. Its requests then seem to be older than the run. */
const CLOCK_SLACK_MS = 24 * 3_600_000;

/** Tokens of definitions and instructions in all API requests with a bill: by source, and by the names of tools in requests. */
export function definitionTokens(db: Database, filter: McpFilter) {
  return {
    bySource: tokensBy(db, filter, 'source', 'idle_tokens', 'SELECT id, source AS name FROM context_source_metrics'),
    byTool: tokensBy(db, filter, 'tool', 'tokens', 'SELECT id, name FROM tools'),
  };
}

function tokensBy(
  db: Database,
  filter: McpFilter,
  aggregate: 'source' | 'tool',
  column: string,
  names: string,
): ReadonlyMap<string, number> {
  const { runId } = filter;
  const period: Period = periodOf(filter);
  const columns = [aggregate, 'billed', column];
  // Aggregates are not kept by run.
  const rows =
    runId === undefined
      ? hoursOf(db, aggregate, columns, period)
      : storedRows(db, aggregate, columns, { since: runStart(runId) - CLOCK_SLACK_MS, ...period }, { key: 'run' });
  const ofRun = runId === undefined ? '' : 'AND h.run = (SELECT n FROM runs WHERE id = ?)';
  const sums = db.prepare<(string | number)[], [string, number]>(`
    SELECT each.name, sum(h.${column}) FROM ${rows.sql} h JOIN (${names}) each ON each.id = h.${aggregate}
    WHERE h.billed = 1 AND each.name GLOB 'mcp*' ${ofRun} GROUP BY each.name HAVING sum(h.${column}) > 0`);
  return new Map(sums.raw().all(...rows.parameters, ...(runId === undefined ? [] : [runId])));
}
