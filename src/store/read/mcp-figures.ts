import { percentile } from '../../base/percentile.js';
import { FAILED_MCP_STATES, type McpCallState, type McpForm } from '../../model/mcp.js';
import type { McpCallFigures, McpServerFigures, McpToolFigures } from '../../model/mcp-figures.js';
import { mcpSource, mcpToolName } from '../../model/mcp-names.js';
import type { Database } from '../sqlite.js';
import { createDefinitionReader, definitionTokens } from './mcp-definitions.js';
import { type McpFilter, whereOfCalls } from './mcp-filter.js';
import { listMcpConnections } from './mcp-messages.js';

/** Sums of the calls of one connection to one tool that ended in the same way, altered or not. */
interface CallSums {
  server: string;
  method: string;
  name: string;
  state: McpCallState;
  form: McpForm | null;
  altered: 0 | 1;
  calls: number;
  bytesSaid: number | null;
  tokensSaid: number | null;
  bytesGot: number | null;
  tokensGot: number | null;
  /** Unix ms. */
  lastUsed: number;
  /** Whole microseconds, separated by commas; null without an answered call. */
  latencies: string | null;
}

/** In the order of an index that has all of these columns. @throws InvalidFilterError */
function sumCalls(db: Database, filter: McpFilter): CallSums[] {
  const { sql, parameters } = whereOfCalls(filter);
  return db
    .prepare<(string | number)[], CallSums>(`
      SELECT s.name AS server, sums.*
      FROM (
        SELECT
          c.connection, c.method, c.name, c.state, c.form, c.altered, count(*) AS calls, sum(c.result_bytes) AS bytesSaid,
          sum(c.tokens_said) AS tokensSaid, sum(c.bytes_got) AS bytesGot, sum(c.tokens_got) AS tokensGot,
          max(c.sent_at) AS lastUsed,
          group_concat(CAST((c.answered_at - c.sent_at) * 1000 + 0.5 AS INTEGER)) AS latencies
        FROM mcp_calls c WHERE ${sql} GROUP BY c.connection, c.method, c.name, c.state, c.form, c.altered
      ) sums JOIN mcp_servers s ON s.n = sums.connection`)
    .all(...parameters);
}

/** A server with its connections and calls, which may be none of either. */
interface Server {
  name: string;
  connections: ReturnType<typeof listMcpConnections>;
  sums: CallSums[];
}

function readServers(db: Database, filter: McpFilter): Server[] {
  const servers = new Map<string, Server>();
  const serverOf = (name: string): Server => {
    const server = servers.get(name) ?? { name, connections: [], sums: [] };
    servers.set(name, server);
    return server;
  };
  for (const connection of listMcpConnections(db, filter, { limit: -1, offset: 0 })) {
    serverOf(connection.name).connections.push(connection);
  }
  for (const sums of sumCalls(db, filter)) serverOf(sums.server).sums.push(sums);
  return [...servers.values()];
}

/** By server, the most used first. @throws InvalidFilterError */
export function readMcpServers(db: Database, filter: McpFilter): McpServerFigures[] {
  const readDefinitions = createDefinitionReader(db);
  const tokens = definitionTokens(db, filter).bySource;
  return readServers(db, filter)
    .flatMap(({ name, connections, sums }): McpServerFigures[] => {
      // A replay is not the server.
      const own = connections.filter(({ synthetic }) => !synthetic);
      const newest = own[0] ?? connections[0];
      if (newest === undefined) return [];
      const definitions = readDefinitions(name, newest.startedAt);
      const called = new Set(sums.filter(({ method }) => method === TOOL_CALL).map((each) => each.name));
      const ready = own.flatMap(({ startedAt, readyAt }) =>
        readyAt === null ? [] : [readyAt.getTime() - startedAt.getTime()],
      );
      return [
        {
          server: name,
          source: mcpSource(name),
          scope: newest.scope,
          transport: newest.transport,
          target: newest.target,
          era: newest.era,
          protocol: newest.protocol,
          version: newest.server,
          connections: connections.length,
          openConnections: connections.filter(({ endedAt }) => endedAt === null).length,
          readyMs: percentile(Float64Array.from(ready).sort(), 0.5),
          exit: (own.length > 0 ? own : connections).find(({ endedAt }) => endedAt !== null)?.exit ?? null,
          lost: connections.reduce((sum, { lost }) => sum + lost, 0),
          tools: definitions?.tools.size ?? null,
          neverCalled: definitions && [...definitions.tools.keys()].filter((tool) => !called.has(tool)).length,
          changed: definitions?.changed ?? 0,
          instructions: definitions?.instructions ?? null,
          definitionTokens: tokens.get(mcpSource(name)) ?? null,
          ...figuresOf(sums),
        },
      ];
    })
    .sort((a, b) => b.calls - a.calls || (a.server < b.server ? -1 : 1));
}

/** By tool, prompt and resource; the tools that were never called are included. @throws InvalidFilterError */
export function readMcpTools(db: Database, filter: McpFilter): McpToolFigures[] {
  const readDefinitions = createDefinitionReader(db);
  const tokens = definitionTokens(db, filter).byTool;
  return readServers(db, filter)
    .flatMap(({ name: server, connections, sums }) => {
      const defined = connections[0] && readDefinitions(server, connections[0].startedAt)?.tools;
      const rows = new Map<string, { method: string; name: string; sums: CallSums[] }>();
      const rowOf = (method: string, name: string) => {
        const row = rows.get(`${method} ${name}`) ?? { method, name, sums: [] };
        rows.set(`${method} ${name}`, row);
        return row;
      };
      for (const each of sums) rowOf(each.method, each.name).sums.push(each);
      for (const tool of defined?.keys() ?? []) rowOf(TOOL_CALL, tool);
      return [...rows.values()].map(({ method, name, sums }): McpToolFigures => {
        const isTool = method === TOOL_CALL;
        return {
          server,
          method,
          name,
          definition: (isTool && defined?.get(name)) || null,
          definitionTokens: isTool ? (tokens.get(mcpToolName(server, name)) ?? null) : null,
          ...figuresOf(sums),
        };
      });
    })
    .sort((a, b) => b.calls - a.calls || (`${a.server} ${a.name}` < `${b.server} ${b.name}` ? -1 : 1));
}

const TOOL_CALL = 'tools/call';

function figuresOf(all: readonly CallSums[]): McpCallFigures {
  const sums = all.filter(({ altered }) => altered === 0);
  const total = (value: (each: CallSums) => number | null) => sums.reduce((sum, each) => sum + (value(each) ?? 0), 0);
  const calls = (isCounted: (each: CallSums) => boolean) => total((each) => (isCounted(each) ? each.calls : 0));
  const latencies = sortedLatencies(sums);
  return {
    calls: calls(() => true),
    alteredCalls: all.reduce((sum, { altered, calls }) => sum + altered * calls, 0),
    failedCalls: calls(({ state }) => FAILED_MCP_STATES.some((failed) => failed === state)),
    cancelledCalls: calls(({ state }) => state === 'cancelled'),
    openCalls: calls(({ state }) => state === 'open'),
    p50Ms: inMs(percentile(latencies, 0.5)),
    p95Ms: inMs(percentile(latencies, 0.95)),
    bytesSaid: total(({ bytesSaid }) => bytesSaid),
    tokensSaid: total(({ tokensSaid }) => tokensSaid),
    deliveredCalls: calls(({ form }) => form !== null),
    reducedCalls: calls(({ form }) => form !== null && form !== 'whole'),
    bytesGot: total(({ bytesGot }) => bytesGot),
    tokensGot: total(({ tokensGot }) => tokensGot),
    lastUsed: all.length === 0 ? null : new Date(all.reduce((last, { lastUsed }) => Math.max(last, lastUsed), 0)),
  };
}

/** Microseconds. Of a hundred thousand calls, so by the parser of JSON, which is three times as fast as splitting. */
function sortedLatencies(sums: readonly CallSums[]): Float64Array {
  const all: number[] = JSON.parse(`[${sums.flatMap(({ latencies }) => latencies ?? []).join(',')}]`);
  return Float64Array.from(all).sort();
}

function inMs(us: number | null): number | null {
  return us === null ? null : us / 1_000;
}
