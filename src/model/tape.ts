import type { McpEra, McpMessageKind, McpParty, McpTransport } from './mcp.js';

/**
 * A tape is a file with the messages of one connection to one MCP server: JSON Lines with a head, frames and an end
 * (docs/tape-format.md). Names of fields are those of the file.
 */
export interface TapeHead {
  tape: 1;
  id: TapeId;
  /** ISO 8601, UTC: when the first frame was sent. */
  created_at: string;
  /** The program that recorded it, and its version. */
  by: string;
  /** Session of Claude Code. */
  session: string | null;
  server: TapeServer;
  client: McpParty | null;
  protocol: string | null;
  era: McpEra | null;
  tags: readonly string[];
}

export interface TapeServer {
  /** As in the configuration of the client. */
  name: string;
  transport: McpTransport;
  /** The program, without folders and arguments; null for HTTP. */
  command: string | null;
  /** Without credentials, query and fragment; null for stdio. */
  url: string | null;
  /** What the server says about itself. */
  info?: McpParty | null;
}

export type TapeId = `tape_${string}`;

/** c: the client sent it; s: the server. */
export type TapeDirection = 'c' | 's';

/** One JSON-RPC message, or one batch of them. */
export interface TapeFrame {
  /** Increases from frame to frame; the first of a tape that we write is 0. */
  seq: number;
  /** Milliseconds with fractions since the first frame; never decreases. */
  at: number;
  dir: TapeDirection;
  /** As stored (redacted), without a line end. Need not be JSON, or UTF-8. */
  bytes: Uint8Array;
  http?: TapeHttp;
  /** Made by claude-trace, not by the client or the server. */
  synthetic?: true;
  /** Changed by a rule. */
  altered?: true;
  /** Secrets in it were replaced. */
  redacted?: true;
  /** Only its beginning was recorded. */
  truncated?: true;
}

/** The marks of a frame. */
export const TAPE_FLAGS = ['synthetic', 'altered', 'redacted', 'truncated'] as const;

/** The HTTP exchange that carried a frame. */
export interface TapeHttp {
  /** Frames with the same one were in one request and its answer. */
  exchange: string;
  /** What is known of the exchange: the method, the URL with what the client sent, the status with what the server sent. */
  method?: string;
  url?: string;
  status?: number;
}

/** The last line. A tape without one is partial: its recording was cut off. */
export interface TapeEnd {
  end: true;
  frames: number;
  /** `at` of the last frame; 0 without frames. */
  duration_ms: number;
  /** Hex, of all bytes before this line, before compression. */
  sha256: string;
}

/** A tape in a file, without its frames. */
export interface TapeSummary {
  id: TapeId;
  /** Name of the file, without folder and extension. */
  name: string;
  file: string;
  server: string;
  transport: McpTransport;
  session: string | null;
  createdAt: Date;
  by: string;
  frames: number;
  durationMs: number;
  /** On disk. */
  bytes: number;
  /** It has an end. Whether its checksum is right is not known. */
  complete: boolean;
  compressed: boolean;
  tags: readonly string[];
}

/** A file with the name of a tape that cannot be read as one. */
export interface UnreadableTape {
  file: string;
  /** One sentence, with the place. */
  problem: string;
}

/** A frame as a row of a table: the message in it, or the first one of a batch. */
export interface TapeFrameRow {
  seq: number;
  at: number;
  dir: TapeDirection;
  kind: McpMessageKind;
  rpcId: string | number | null;
  /** Method of the request, also for its answer; null where it is not known. */
  method: string | null;
  /** Name of the tool or prompt, or the URI of the resource. */
  name: string | null;
  /** Further messages of the batch. */
  more: number;
  bytes: number;
  synthetic: boolean;
  altered: boolean;
  redacted: boolean;
  truncated: boolean;
}

/** Calls of one tool, prompt or resource. Those of which a frame is synthetic or altered are counted apart. */
export interface TapeCalls {
  method: string;
  name: string;
  calls: number;
  /** In one of FAILED_MCP_STATES. */
  failedCalls: number;
  openCalls: number;
  /** From the request to its answer; null without an answered call. */
  p50Ms: number | null;
  p95Ms: number | null;
}

export interface TapeFacts {
  clientMessages: number;
  serverMessages: number;
  /** Size of all messages. */
  messageBytes: number;
  /** The most called first. */
  calls: readonly TapeCalls[];
  /** Calls that are not in `calls`, since claude-trace made or changed their request or answer. */
  alteredCalls: number;
  syntheticFrames: number;
  alteredFrames: number;
  redactedFrames: number;
  truncatedFrames: number;
}

/** A place in a tape where a text was found. */
export interface TapeMatch {
  tape: string;
  file: string;
  seq: number;
  at: number;
  dir: TapeDirection;
  /** What is around it. */
  excerpt: string;
}
