import type { RequestId, ResponseId, RunId } from './ids.js';
import type { RuleAction, RuleHit } from './rule.js';
import type { Source } from './source.js';

/** One connection to an MCP server. */
export type McpConnectionId = `mcps_${string}`;
export type McpMessageId = `mcpm_${string}`;
/** Has the ULID of its request message. */
export type McpCallId = `mcpc_${string}`;

export const MCP_TRANSPORTS = ['stdio', 'http', 'sse'] as const;
export type McpTransport = (typeof MCP_TRANSPORTS)[number];
/** Where Claude Code found the server; `claude.ai`: a connector of the account. `record`: `mcp record`. */
export const MCP_SCOPES = [
  'managed',
  'local',
  'project',
  'user',
  'plugin',
  'command line',
  'claude.ai',
  'record',
] as const;
export type McpScope = (typeof MCP_SCOPES)[number];
/** legacy: `initialize` opens a session (up to 2025-11-25); modern: every request is complete in itself (2026-07-28). */
export type McpEra = 'legacy' | 'modern';

export interface McpParty {
  name: string;
  version: string | null;
}

export interface McpConnection {
  id: McpConnectionId;
  runId: RunId;
  /** Of Claude Code; null where the version does not say (older than 2.1.197, HTTP). The join fills it. */
  sessionId: string | null;
  /** As in the configuration; for an unknown HTTP server, its host. */
  name: string;
  scope: McpScope | null;
  transport: McpTransport;
  /** stdio: the program's name without folders and arguments; HTTP: URL without credentials, query and fragment. */
  target: string;
  era: McpEra | null;
  protocol: string | null;
  client: McpParty | null;
  server: McpParty | null;
  /** Unix ms. ready: the answer to `initialize`, or the first answer of a modern server. */
  startedAt: number;
  readyAt: number | null;
  endedAt: number | null;
  /** `exit code 1`, `SIGTERM`, `could not be started: …`; null while it runs, and for HTTP. */
  exit: string | null;
  /** Messages that were seen but are known not to be recorded. */
  lost: number;
  /** A replay answers for the server. */
  synthetic: boolean;
}

export const MCP_MESSAGE_KINDS = ['request', 'response', 'error', 'notification', 'malformed'] as const;
export type McpMessageKind = (typeof MCP_MESSAGE_KINDS)[number];
export type McpSender = 'client' | 'server';

export interface McpMessage {
  id: McpMessageId;
  connectionId: McpConnectionId;
  /** Correlation id of the HTTP exchange that carried it; null for stdio. */
  exchange: string | null;
  sender: McpSender;
  kind: McpMessageKind;
  /** JSON-RPC's own: ids are per direction. */
  rpcId: string | number | null;
  /** Of the request, also for its answer; null where that is not known. */
  method: string | null;
  /** Of the tool or prompt, or the URI of the resource. */
  name: string | null;
  /** Unix ms with fractions. */
  at: number;
  /** Bytes of the message as sent, before redaction. Of a batch, those of this message's part. */
  size: number;
  /**
   * JSON text of the message (of a malformed line: the line), redacted, without a line end. As the receiver got it; of a dropped
   * message, as sent.
   */
  bytes: Uint8Array;
  /** As sent, redacted; null where a rule has not changed it. */
  original: Uint8Array | null;
  truncated: boolean;
  redacted: boolean;
  /** Made by a rule or a replay: the sender sent nothing. */
  synthetic: boolean;
  /** A rule changed, delayed, paused or dropped it. */
  altered: boolean;
  /** A rule dropped it: nobody received it. */
  dropped: boolean;
}

/**
 * cancelled: given up by the client, whatever came later; timeout: not answered in time; late: answered after that;
 * interrupted: its connection ended first, or its run died, found on the next start.
 */
export const MCP_CALL_STATES = [
  'open',
  'ok',
  'tool_error',
  'rpc_error',
  'cancelled',
  'timeout',
  'late',
  'interrupted',
] as const;
export type McpCallState = (typeof MCP_CALL_STATES)[number];

/** A `tools/call`, `resources/read` or `prompts/get` of the client. */
export interface McpCall {
  id: McpCallId;
  connectionId: McpConnectionId;
  method: string;
  /** Tool or prompt name, or URI. */
  name: string;
  /** `params._meta["claudecode/toolUseId"]`. */
  toolUseId: string | null;
  request: McpMessageId;
  answer: McpMessageId | null;
  sentAt: number;
  firstProgressAt: number | null;
  answeredAt: number | null;
  state: McpCallState;
  /** Bytes of the JSON value `result` (or `error`). */
  resultBytes: number | null;
  /** Estimated tokens of the result's content as text; null while open. */
  tokensSaid: number | null;
  /** A rule or a replay had a part in its request or its answer: it is left out of figures. */
  altered: boolean;
}

/** What the model got of a result. */
export const MCP_FORMS = ['whole', 'cut', 'persisted', 'structured_only', 'rewritten'] as const;
export type McpForm = (typeof MCP_FORMS)[number];

/** What the model got of a call's result, seen in the first API request that carried it. */
export interface McpDelivery {
  toolUseId: string;
  /** Correlation id of the API exchange whose answer called the tool; null where it was not captured. */
  calledBy: string | null;
  /** Correlation id of the API exchange that carried the result first. */
  carriedBy: string;
  form: McpForm;
  /** Of the tool_result as the API got it. */
  bytesGot: number;
  /** Tokens in the context, scaled to the bill as all attribution is (estimated share of an exact bill). */
  tokensGot: number | null;
  isError: boolean;
}

/** A definition that a server gave: of a tool, or its instructions (`name` is '' then). */
export interface McpDefinition {
  connectionId: McpConnectionId;
  kind: 'tool' | 'instructions';
  name: string;
  /** SHA-256, hex, of the whole JSON text that the server sent. */
  hash: string;
  /** Of the description (or instructions) as UTF-8. */
  bytesSaid: number;
  /** Of these, what reached the model; null while unknown (deferred tools never arrive). */
  bytesGot: number | null;
}

/** What rules did with a message of MCP, a request or a response. */
export interface RuleHits {
  of: McpMessageId | RequestId | ResponseId;
  /** Unix ms. */
  at: number;
  hits: readonly RuleHit[];
}

/** One step of recording, written in order. Rows are replaced whole by their id. */
export type McpWrite =
  | { type: 'connection'; connection: McpConnection }
  | { type: 'message'; message: McpMessage }
  | { type: 'call'; call: McpCall }
  | { type: 'definition'; definition: McpDefinition }
  | { type: 'delivery'; delivery: McpDelivery }
  /** Written after what they are of. */
  | { type: 'hits'; hits: RuleHits };

/** The source of what a server put into requests. */
export function mcpSource(server: string): Source {
  return `mcp:${serverInRequests(server)}`;
}

/** The name of a tool as requests write it. */
export function mcpToolName(server: string, tool: string): string {
  return `mcp__${serverInRequests(server)}__${nameInRequests(tool)}`;
}

/** A server's name as in tool names: `plugin:docs:search` becomes `plugin_docs_search`. */
export function serverInRequests(server: string): string {
  const name = nameInRequests(server.trim());
  // In names of claude.ai connectors Claude Code also joins neighbouring underscores.
  return server.startsWith('claude.ai ') ? name.replace(/_+/g, '_').replace(/^_|_$/g, '') : name;
}

/** Claude Code replaces the characters that the API does not allow in names of tools. */
function nameInRequests(name: string): string {
  return name.replace(/[^\w-]/g, '_');
}

// ── as readers of the store return them ──

/** The states that count as failed in every total and for `--mcp-error`. A call that the client gave up has not failed. */
export const FAILED_MCP_STATES = [
  'tool_error',
  'rpc_error',
  'timeout',
  'late',
  'interrupted',
] as const satisfies readonly McpCallState[];

/** Of the calls that match. Only stored calls are counted, and only `alteredCalls` counts those that rules or replays altered. */
export interface McpCallFigures {
  calls: number;
  alteredCalls: number;
  /** In one of FAILED_MCP_STATES. */
  failedCalls: number;
  /** Given up by the client; not counted as failed. */
  cancelledCalls: number;
  openCalls: number;
  /** From the request to its answer, exact over the answered calls; null without any. */
  p50Ms: number | null;
  p95Ms: number | null;
  /** Of the results of the answered calls. Tokens are estimated. */
  bytesSaid: number;
  tokensSaid: number;
  /** Calls whose result was seen in an API request: what the model got is known of these. */
  deliveredCalls: number;
  /** Of these, calls of which the model got something else than the whole result. */
  reducedCalls: number;
  /** Of the delivered calls. */
  bytesGot: number;
  /** Estimated shares of exact bills. */
  tokensGot: number;
  lastUsed: Date | null;
}

/** A server by its name in the configuration, with all its connections. */
export interface McpServerFigures extends McpCallFigures {
  server: string;
  /** `mcp:<name>`, as the API side names it. */
  source: Source;
  /** These are of the newest connection. */
  scope: McpScope | null;
  transport: McpTransport;
  target: string;
  era: McpEra | null;
  protocol: string | null;
  version: McpParty | null;
  connections: number;
  openConnections: number;
  /** Median from the start to the first answer; null where no connection became ready. */
  readyMs: number | null;
  /** How the last connection that ended did so; null for HTTP. */
  exit: string | null;
  /** Messages that are known not to be recorded. */
  lost: number;
  /** Tools of the newest list, and how many of these were never called; null where no list was seen. */
  tools: number | null;
  neverCalled: number | null;
  /** Definitions that are new or differ from those of the connection before. */
  changed: number;
  /** Of the newest connection; null where the server gave none. */
  instructions: McpDefinitionFigures | null;
  /** Of definitions and instructions, summed over all API requests that held them, as for sources; null without attribution. */
  definitionTokens: number | null;
}

/** A tool, prompt or resource of a server. */
export interface McpToolFigures extends McpCallFigures {
  server: string;
  /** `tools/call`, `resources/read` or `prompts/get`. */
  method: string;
  /** Of the tool or prompt, or the URI of the resource. */
  name: string;
  /** The newest one; null where the server's list was not seen. */
  definition: McpDefinitionFigures | null;
  /** Of its definition, summed over all API requests that held it; null without attribution. */
  definitionTokens: number | null;
}

export interface McpDefinitionFigures {
  /** Of its description. */
  bytesSaid: number;
  /** What reached the model of it; null while unknown. */
  bytesGot: number | null;
  /** It is new, or differs from that of the connection before. */
  changed: boolean;
}

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
  /** A rule or a replay had a part in its request or its answer. */
  altered: boolean;
  /** What rules did with its request and its answer, in order. */
  hits: RuleHit[];
  /** Null until an API request carried the result. */
  delivery: McpDeliveryRow | null;
}

export interface McpDeliveryRow {
  /** Null where the request was not captured or is no longer stored. */
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
  /** Null where they are damaged. */
  bytes: Uint8Array | null;
}

export interface McpMessageDetail extends McpMessageWithBytes {
  /** Null also where they are damaged. */
  original: Uint8Array | null;
  hits: RuleHit[];
}

/** A hit with its place. */
export interface RuleHitRow extends RuleHit {
  /** Of an alert: the id in the log of changes. */
  id: `alert_${number}`;
  at: Date;
  /** Of a request or its answer; null for a message of MCP. */
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

export interface McpCallDetail extends McpCallRow {
  connection: McpConnectionRow;
  /** Null where retention has removed it. */
  request: McpMessageDetail | null;
  answer: McpMessageDetail | null;
}
