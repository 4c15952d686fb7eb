import type { RequestId, RunId } from './ids.js';
import type { McpCallId, McpCallState, McpConnection, McpConnectionId, McpForm, McpMessage } from './mcp.js';
import type { RuleHit } from './rule.js';

/** A call as readers of the store return it. */
export interface McpCallRow {
  id: McpCallId;
  connectionId: McpConnectionId;
  runId: RunId;
  sessionId: string | null;
  server: string;
  method: string;
  name: string;
  toolUseId: string | null;
  state: McpCallState;
  sentAt: Date;
  firstProgressMs: number | null;
  /** From the request to its answer. */
  latencyMs: number | null;
  bytesSaid: number | null;
  /** Estimated. */
  tokensSaid: number | null;
  /** Whether a rule or a replay changed or made its request or its answer. */
  altered: boolean;
  /** Hits of rules on its request and its answer, in order. */
  hits: RuleHit[];
  /** Null until an API request carried the result. */
  delivery: McpDeliveryRow | null;
}

export interface McpDeliveryRow {
  /** Null if the request was not captured or is no longer stored. */
  calledBy: RequestId | null;
  carriedBy: RequestId | null;
  form: McpForm;
  bytesGot: number;
  tokensGot: number | null;
  isError: boolean;
}

export interface McpConnectionRow extends Omit<McpConnection, 'startedAt' | 'readyAt' | 'endedAt'> {
  startedAt: Date;
  readyAt: Date | null;
  endedAt: Date | null;
}

export interface McpMessageRow extends Omit<McpMessage, 'bytes' | 'original' | 'at'> {
  at: Date;
}

export interface McpMessageWithBytes extends McpMessageRow {
  /** Null if they are damaged. */
  bytes: Uint8Array | null;
}

export interface McpMessageDetail extends McpMessageWithBytes {
  /** Null also if they are damaged. */
  original: Uint8Array | null;
  hits: RuleHit[];
}

export interface McpCallDetail extends McpCallRow {
  connection: McpConnectionRow;
  /** Null if retention has removed it. */
  request: McpMessageDetail | null;
  answer: McpMessageDetail | null;
}
