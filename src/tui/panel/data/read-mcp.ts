import { type UnrecordedServer, unrecordedServers } from '../../../history/mcp-unrecorded.js';
import type { McpServerFigures, McpToolFigures } from '../../../model/mcp-figures.js';
import { mcpSource } from '../../../model/mcp-names.js';
import type { McpCallRow } from '../../../model/mcp-rows.js';
import type { RuleHitRow } from '../../../model/rule-hits.js';
import type { McpCallFilter, Reader } from '../../../store/index.js';
import type { CallsChoice } from '../state/state.js';

export interface McpOverview {
  servers: readonly McpServerFigures[];
  tools: readonly McpToolFigures[];
  unrecorded: readonly UnrecordedServer[];
  /** The latest alerts of rules, the newest first. */
  alerts: readonly RuleHitRow[];
}

const MAX_ALERTS = 3;

export function readMcp(reader: Reader, sessionId: string | undefined): McpOverview {
  const servers = reader.mcpServers({ sessionId });
  return {
    servers,
    tools: reader.mcpTools({ sessionId }),
    unrecorded: unrecordedServers(reader, { sessionId }, servers),
    alerts: reader.ruleHits({ sessionId, action: 'alert' }, { limit: MAX_ALERTS }),
  };
}

/** The view lists the newest calls. */
const MAX_CALLS = 1_000;

export interface McpCalls {
  rows: readonly McpCallRow[];
  /** Number of calls that match. */
  total: number;
}

/** The newest calls that match, the newest first. */
export function readCalls(reader: Reader, choice: CallsChoice, sessionId: string | undefined): McpCalls {
  const filter = filterOf(reader, choice, sessionId);
  const { tool, source } = choice;
  // Globs cannot say a method, nor a name with an asterisk.
  const matches = (row: McpCallRow) =>
    (source === undefined || mcpSource(row.server) === source) &&
    (tool === undefined || (row.method === tool.method && row.name === tool.name));
  const rows = reader.mcpCalls(filter, { limit: MAX_CALLS });
  const chosen = rows.filter(matches);
  const isWhole = rows.length < MAX_CALLS;
  return { rows: chosen, total: isWhole ? chosen.length : reader.countMcpCalls(filter) };
}

/** Several servers may have the same name in requests: the calls of all are read. */
function filterOf(
  reader: Reader,
  { server, tool, source, requestId }: CallsChoice,
  sessionId: string | undefined,
): McpCallFilter {
  const filter: McpCallFilter = {
    requestId,
    tool: tool?.name,
    server,
    sessionId: requestId === undefined ? sessionId : undefined,
  };
  if (source === undefined || requestId !== undefined) return filter;
  const names = reader.mcpServers({ sessionId }).filter((each) => each.source === source);
  return names.length === 1 ? { ...filter, server: names[0]?.server } : filter;
}
