import type { McpCallRow } from '../model/mcp-rows.js';
import type { RequestSummary } from '../model/request.js';
import type { Reader } from '../store/index.js';

/** Maximum number of calls of one request. The answer before it makes a few calls. */
const MAX_CALLS = 1_000;

/** The MCP calls whose results a request carried first, the oldest first. So an export has each call once. */
export function carriedCalls(reader: Reader, { id, kind }: RequestSummary): McpCallRow[] {
  if (kind !== 'messages') return [];
  return reader
    .mcpCalls({ requestId: id }, { limit: MAX_CALLS })
    .filter(({ delivery }) => delivery?.carriedBy === id)
    .toReversed();
}
