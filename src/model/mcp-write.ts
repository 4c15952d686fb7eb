import type { McpCall, McpConnection, McpDefinition, McpDelivery, McpMessage } from './mcp.js';
import type { RuleHits } from './rule-hits.js';

/** One step of recording, written in order. Rows are replaced whole by their id. */
export type McpWrite =
  | { type: 'connection'; connection: McpConnection }
  | { type: 'message'; message: McpMessage }
  | { type: 'call'; call: McpCall }
  | { type: 'definition'; definition: McpDefinition }
  | { type: 'delivery'; delivery: McpDelivery }
  /** Written after the messages and exchanges to which they belong. */
  | { type: 'hits'; hits: RuleHits };
