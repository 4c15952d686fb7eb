import type { RequestId, ResponseId } from './ids.js';
import type { McpCallId, McpMessageId } from './mcp.js';
import type { RuleAction, RuleHit } from './rule.js';

/** The hits of rules on a message of MCP, a request or a response. */
export interface RuleHits {
  of: McpMessageId | RequestId | ResponseId;
  /** Unix ms. */
  at: number;
  hits: readonly RuleHit[];
}

/** A hit with its place. */
export interface RuleHitRow extends RuleHit {
  /** The id of an alert in the log of changes. */
  id: `alert_${number}`;
  at: Date;
  /** The request; null for a message of MCP. */
  requestId: RequestId | null;
  /** Null for a request. */
  messageId: McpMessageId | null;
  /** The call that the message asks for or answers; null without one. */
  callId: McpCallId | null;
  server: string | null;
}

/** How often an action of a rule was applied. */
export interface RuleFigures {
  rule: string;
  action: RuleAction;
  detail: string | null;
  hits: number;
  last: Date;
}
