import type { RunId } from './ids.js';

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
  /** Session of Claude Code; null where the version does not say (older than 2.1.197, HTTP). The join fills it. */
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
  /** Method of the request, also for its answer; null where that is not known. */
  method: string | null;
  /** Name of the tool or prompt, or the URI of the resource. */
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

/** The states that count as failed in every total and for `--mcp-error`. A call that the client gave up has not failed. */
export const FAILED_MCP_STATES = [
  'tool_error',
  'rpc_error',
  'timeout',
  'late',
  'interrupted',
] as const satisfies readonly McpCallState[];

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
  /** Size of the tool_result as the API got it. */
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
  /** Size of the description (or instructions) as UTF-8. */
  bytesSaid: number;
  /** The part of `bytesSaid` that reached the model; null while unknown (deferred tools never arrive). */
  bytesGot: number | null;
}
