import { runStart } from '../../model/ids.js';
import type { McpDefinitionFigures } from '../../model/mcp-figures.js';
import type { Database } from '../sqlite.js';
import { type Period, periodOf } from './hours.js';
import type { McpFilter } from './mcp-filter.js';
import { hoursOf, storedRows } from './period-rows.js';

/** What a server defines, by its newest connection that gave any definition. */
export interface Definitions {
  /** By the name of the tool. */
  tools: ReadonlyMap<string, McpDefinitionFigures>;
  instructions: McpDefinitionFigures | null;
  /** Definitions, instructions included, that are new or differ from those of the connection before. */
  changed: number;
}

interface StoredDefinition {
  kind: string;
  name: string;
  hash: string;
  bytesSaid: number;
  bytesGot: number | null;
}

/** @returns reads the definitions that a server had given until some time; null without any */
export function createDefinitionReader(db: Database): (server: string, until: Date) => Definitions | null {
  const lastTwo = db
    .prepare<[string, number], number>(`
      SELECT n FROM mcp_servers s
      WHERE name = ? AND started_at < ? AND EXISTS (SELECT 1 FROM mcp_definitions WHERE connection = s.n)
      ORDER BY started_at DESC LIMIT 2`)
    .pluck();
  const read = db.prepare<[number], StoredDefinition>(`
    SELECT kind, name, hex(hash) AS hash, bytes_said AS bytesSaid, bytes_got AS bytesGot
    FROM mcp_definitions WHERE connection = ? ORDER BY kind, name`);
  const keyOf = ({ kind, name }: StoredDefinition) => `${kind} ${name}`;

  return (server, until) => {
    const [newest, before] = lastTwo.all(server, until.getTime() + 1);
    if (newest === undefined) return null;
    const earlier = before === undefined ? null : new Map(read.all(before).map((each) => [keyOf(each), each.hash]));
    const definitions = read.all(newest).map((each) => ({
      ...each,
      changed: earlier !== null && earlier.get(keyOf(each)) !== each.hash,
    }));
    const instructions = definitions.find(({ kind }) => kind === 'instructions');
    return {
      tools: new Map(definitions.filter(({ kind }) => kind === 'tool').map((each) => [each.name, figuresOf(each)])),
      instructions: instructions === undefined ? null : figuresOf(instructions),
      changed: definitions.filter(({ changed }) => changed).length,
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
