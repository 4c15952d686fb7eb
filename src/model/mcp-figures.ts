import type { McpEra, McpParty, McpScope, McpTransport } from './mcp.js';
import type { Source } from './source.js';

/** Sums of the calls that match a filter. Only stored calls are counted, and only `alteredCalls` counts those that rules or replays altered. */
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
  /** Size of the results of the answered calls. Tokens are estimated. */
  bytesSaid: number;
  tokensSaid: number;
  /** Calls whose result was seen in an API request, so it is known what the model got. */
  deliveredCalls: number;
  /** Delivered calls of which the model did not get the whole result. */
  reducedCalls: number;
  /** Size of what the model got of the delivered calls. */
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
  /** Taken from the newest connection. */
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
  /** How the last connection ended; null for HTTP. */
  exit: string | null;
  /** Number of messages known to be missing from the recording. */
  lost: number;
  /** Tools of the newest list, and how many of these were never called; null if no list was seen. */
  tools: number | null;
  neverCalled: number | null;
  /** Definitions that are new or differ from those of the connection before. */
  changed: number;
  /** Taken from the newest connection; null if the server gave none. */
  instructions: McpDefinitionFigures | null;
  /** Tokens of definitions and instructions, summed over all API requests that held them, as for sources; null without attribution. */
  definitionTokens: number | null;
}

/** A tool, prompt or resource of a server. */
export interface McpToolFigures extends McpCallFigures {
  server: string;
  /** `tools/call`, `resources/read` or `prompts/get`. */
  method: string;
  /** Name of the tool or prompt, or the URI of the resource. */
  name: string;
  /** The newest one; null if the server's list was not seen. */
  definition: McpDefinitionFigures | null;
  /** Tokens of its definition, summed over all API requests that held it; null without attribution. */
  definitionTokens: number | null;
}

export interface McpDefinitionFigures {
  /** Size of its description. */
  bytesSaid: number;
  /** How much of it reached the model; null while unknown. */
  bytesGot: number | null;
  /** Whether it is new, or differs from that of the connection before. */
  changed: boolean;
}
