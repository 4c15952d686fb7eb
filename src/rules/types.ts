import type { McpSender } from '../model/mcp.js';
import type { RuleHit, RuleTransport } from '../model/rule.js';

/** One JSON-RPC message, not a batch (see `batchParts`). */
export interface RuleSubject {
  sender: McpSender;
  /** JSON text of the message. */
  bytes: Uint8Array;
  /** The message, if the caller has parsed it; otherwise the engine parses it when a rule needs it. */
  message?: unknown;
  /** For an answer, the request as it was sent. If it is missing, conditions on it do not hold. */
  request?: unknown;
}

export interface RuleContext {
  /** Its name in the configuration. */
  server: string;
  transport: RuleTransport;
  session: { id: string | null; tags: readonly string[] /** Unix ms */; startedAt: number | null };
  /** Unix ms. */
  now: number;
  /** At the gateway: the HTTP request of the client that carries the message, or whose response does. */
  http?: RuleHttp;
  /** At the gateway: the client; null if it did not authenticate. */
  auth?: RuleIdentity | null;
}

export interface RuleHttp {
  method: string;
  /** Without the query. */
  path: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  clientIp: string;
}

export interface RuleIdentity {
  subject: string;
  scopes: readonly string[];
  claims: Readonly<Record<string, unknown>>;
}

/** The steps to take with the message, in order. Bytes are a whole message without a line end. */
export type RuleStep =
  | { do: 'delay'; ms: number; rule: string }
  /** Hold the message until a person lets it go on, at most for `limitMs`. */
  | { do: 'pause'; limitMs: number; rule: string }
  /** The receiver gets these bytes in place of the message. Invalid JSON only from the fault `malformed`. */
  | { do: 'replace'; bytes: Uint8Array; rule: string }
  /** Only for requests: these bytes go back to the sender, and the message is not forwarded. */
  | { do: 'answer'; bytes: Uint8Array; rule: string; rateLimit?: RateLimit }
  /** The message is not forwarded, and nobody answers. */
  | { do: 'drop'; rule: string }
  /** The connection ends; the message is not forwarded. */
  | { do: 'close'; rule: string }
  /** The message is forwarded at this speed. */
  | { do: 'slow'; bytesPerSecond: number; rule: string }
  | GatewayStep;

/** Steps on the HTTP request, only of rule sets for the gateway. Names of headers are in lower case. */
export type GatewayStep =
  /** The client gets this in place of the server's answer. */
  | { do: 'respond'; status: number; headers: Readonly<Record<string, string>>; body: Uint8Array; rule: string }
  /** Headers of the request to the server; for an answer, of the HTTP response to the client. */
  | { do: 'set_header'; name: string; value: string; rule: string }
  | { do: 'remove_header'; name: string; rule: string };

/** The answer says that there were too many requests. */
export interface RateLimit {
  /** Null if it does not say when to try again. */
  retryAfterMs: number | null;
}

export interface RuleDecision {
  hits: RuleHit[];
  steps: RuleStep[];
  /** JSONPaths from the root of the message, in normal form. The values there are replaced before it is stored (`redactBytes`). */
  redactions: string[];
}

export interface RuleStatus {
  rule: string;
  /** Messages that it acted on. */
  hits: number;
  /** The last reason why it could not be evaluated, or an action had no effect. */
  lastError: string | null;
}

export interface RuleEngine {
  /**
   * The decision of the rules on a message; null if no rule applies: it is passed on byte for byte. Never throws.
   *
   * Counts and draws: each message is decided once.
   */
  decide(subject: RuleSubject, context: RuleContext): RuleDecision | null;
  /** Whether a rule may apply to messages of this sender. */
  concerns(sender: McpSender, context: Pick<RuleContext, 'server' | 'transport'>): boolean;
  status(): RuleStatus[];
}
